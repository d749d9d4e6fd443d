// A Session talks to the server and keeps the conversation's token for as long
// as the browser's tab lives; in memory where storage is denied.
class Session {
  constructor(server, lang) {
    this.server = server;
    this.lang = lang;
    this.slot = "townclerk:" + server;
    this.pass = this.read();
  }

  read() {
    try {
      const pass = JSON.parse(sessionStorage.getItem(this.slot));
      return pass && typeof pass.id === "string" && typeof pass.token === "string" ? pass : null;
    } catch {
      return null;
    }
  }

  keep(pass) {
    this.pass = pass;
    try {
      if (pass) sessionStorage.setItem(this.slot, JSON.stringify(pass));
      else sessionStorage.removeItem(this.slot);
    } catch {
      // storage is denied: the conversation ends with the page
    }
  }

  // call sends a request and returns the response, or throws a Problem.
  async call(method, path, body, accept = "application/json", signal = undefined, tag = "") {
    const headers = { Accept: accept, "Accept-Language": this.lang };
    if (this.pass) headers.Authorization = "Bearer " + this.pass.token;
    if (tag) headers["If-None-Match"] = tag;
    if (body) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(this.server + path, {
        method, headers, signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
        body: body ? JSON.stringify(body) : undefined,
      });
    } catch {
      throw new Problem("network", "");
    }
    if (response.ok || response.status === 304) return response;
    const problem = await response.json().catch(() => ({}));
    throw new Problem(problem.kind || "internal", problem.message || "", problem.contact);
  }

  async json(method, path, body) {
    const response = await this.call(method, path, body);
    return response.json().catch(() => { throw new Problem("network", ""); });
  }

  site() { return this.json("GET", "/v1/site"); }

  path(rest = "") { return "/v1/conversations/" + encodeURIComponent(this.pass.id) + rest; }

  async begin() {
    this.keep(null);
    const created = await this.json("POST", "/v1/conversations", { language: this.lang });
    this.keep({ id: created.id, token: created.token });
  }

  // transcript returns the turns and tickets so far; none when the conversation is gone.
  async transcript() {
    const nothing = { turns: [], tickets: [] };
    if (!this.pass) return nothing;
    try {
      return await this.json("GET", this.path());
    } catch (problem) {
      if (problem.kind !== "not_found") throw problem;
      this.keep(null);
      return nothing;
    }
  }

  // tickets returns the tickets with their tag, or null where they are as tagged.
  async tickets(tag) {
    if (!this.pass) return null;
    const response = await this.call("GET", this.path("/tickets"), undefined, "application/json", undefined, tag);
    if (response.status === 304) return null;
    return { tag: response.headers.get("ETag") || "", tickets: (await response.json()).tickets };
  }

  async handOver(turn) {
    return (await this.json("POST", this.path("/turns/" + encodeURIComponent(turn) + "/handover"))).ticket;
  }

  address(ticket, values) { return this.call("PUT", this.path("/tickets/" + encodeURIComponent(ticket) + "/address"), values); }

  end(ticket) { return this.call("POST", this.path("/tickets/" + encodeURIComponent(ticket) + "/end")); }

  async receipt() { return (await this.call("GET", this.path("/receipt"), undefined, "text/plain, application/json")).blob(); }

  // ask sends a message, calls onPart with each part and returns the answer. A
  // conversation that is gone is begun anew, once.
  async ask(message, onPart) {
    if (!this.pass) await this.begin();
    try {
      return await this.stream(message, onPart);
    } catch (problem) {
      if (problem.kind !== "not_found") throw problem;
      await this.begin();
      return this.stream(message, onPart);
    }
  }

  async stream(message, onPart) {
    const control = new AbortController();
    const abort = () => control.abort();
    const response = await this.call("POST", this.path("/messages"),
      { text: message.text, key: message.key, language: this.lang, ...(message.to && { to: message.to }) }, "text/event-stream", control.signal);
    try {
      for await (const event of events(response, 30000, abort)) {
        if (event.name === "part") onPart(event.data);
        if (event.name === "end") return event.data;
        if (event.name === "error") throw new Problem(event.data.kind, event.data.message, event.data.contact);
      }
    } catch (err) {
      if (err instanceof Problem) throw err;
    }
    throw new Problem("network", "");
  }

  // feedback returns the ticket that it led to, or null.
  async feedback(turn, opinion) {
    const response = await this.call("POST", this.path("/turns/" + encodeURIComponent(turn) + "/feedback"), opinion);
    return response.status === 204 ? null : (await response.json()).ticket;
  }

  async erase() {
    if (this.pass) {
      try {
        await this.call("DELETE", this.path());
      } catch (problem) {
        if (problem.kind !== "not_found") throw problem;
      }
    }
    this.keep(null);
  }
}

// newKey returns a message key: the same message sent again keeps its key, so
// that it is answered once.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
