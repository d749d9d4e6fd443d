// Server-sent events over fetch, which can send a token where EventSource
// cannot.

// A Problem is what went wrong, in words for the citizen. Its kind is the
// server's, or "network".
class Problem extends Error {
  constructor(kind, message, contact) {
    super(message);
    this.kind = kind;
    this.contact = contact;
  }
}

// events yields {name, data} for each event of the response's body. It throws
// when the connection is silent for longer than the server's comments allow.
async function* events(response, silence, abort) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const timer = setTimeout(abort, silence);
    let chunk;
    try {
      chunk = await reader.read();
    } finally {
      clearTimeout(timer);
    }
    if (chunk.done) return;
    rest += decoder.decode(chunk.value, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

// parseEvent reads one event; a comment is none.
function parseEvent(block) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
}
