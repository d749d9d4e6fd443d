package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A setting that cannot be meant is an error in one line: file, line and column, the
// field, its value, and what is allowed.
func TestWhatCannotBeMeantIsRefused(t *testing.T) {
	const model = "base_url: http://127.0.0.1:1/v1, "
	t.Chdir(t.TempDir())
	for _, c := range []struct{ setting, field, value, allowed string }{
		{"agency: {language: klingon}", "agency.language", "klingon", "en, es"},
		{"agency: {language: en-US}", "agency.language", "en-US", "en, es"},
		{"agency: {language: ''}", "agency.language", `""`, "en, es"},
		{"agency: {time_zone: Mars/Base}", "agency.time_zone", "Mars/Base", "America/Chicago"},
		{"agency: {time_zone: Local}", "agency.time_zone", "Local", "America/Chicago"},
		{`agency: {name: "a\nb"}`, "agency.name", `a\nb`, "line break"},
		{"agency: {contact: {phone: call us}}", "agency.contact.phone", "call us", "digit"},
		{"agency: {contact: {email: nobody}}", "agency.contact.email", "nobody", "info@example.gov"},
		{"agency: {contact: {url: www.example.gov}}", "agency.contact.url", "www.example.gov", "https://"},
		{"answer: {threshold: 1.5}", "answer.threshold", "1.5", "between 0 and 1"},
		{"answer: {threshold: -0.1}", "answer.threshold", "-0.1", "between 0 and 1"},
		{"answer: {deadline: 1h}", "answer.deadline", "1h0m0s", "between 1s and 30s"},
		{"answer: {deadline: -1s}", "answer.deadline", "-1s", "between 1s and 30s"},
		{"answer: {case_numbers: ['(']}", "answer.case_numbers", "(", "missing closing"},
		{"database: mysql://db", "database", "", "postgres://"},
		{"postgres: {connections: -1}", "postgres.connections", "-1", "between 1 and"},
		{"postgres: {connections: 1000000}", "postgres.connections", "1000000", "between 1 and"},
		{"postgres: {statement_timeout: 1ns}", "postgres.statement_timeout", "1ns", "100ms"},
		{"postgres: {memory_below: -5}", "postgres.memory_below", "-5", "between 1 and"},
		{"postgres: {ef_search: 1001}", "postgres.ef_search", "1001", "1000"},
		{"postgres: {build_memory_mb: -1}", "postgres.build_memory_mb", "-1", "between 1 and"},
		{"sources: [{folder: a, max_mb: -1}]", "sources[0].max_mb", "-1", "1024"},
		{"sources: [{folder: a, max_mb: 9000000000000000000}]", "sources[0].max_mb", "9000000000000000000", "1024"},
		{"sources: [{folder: a, language: klingon}]", "sources[0].language", "klingon", "en, es or zh"},
		{"sources: [{folder: a, departments: {waste/: ''}}]", "sources[0].departments", "waste/", "name"},
		{"embeddings: {dimensions: 512}", "embeddings", "", "base_url and model"},
		{"embeddings: {" + model + "model: ' '}", "embeddings.model", `" "`, "give the model's"},
		{"embeddings: {base_url: ftp://x, model: m}", "embeddings.base_url", "ftp://x", "http or https"},
		{"embeddings: {" + model + "model: m, dimensions: -1}", "embeddings.dimensions", "-1", "between 1 and"},
		{"embeddings: {" + model + "model: m, text_tokens: 1}", "embeddings.text_tokens", "1", "between 16 and"},
		{"embeddings: {" + model + "model: m, batch_texts: -1}", "embeddings.batch_texts", "-1", "between 1 and"},
		{"embeddings: {" + model + "model: m, concurrency: 100000}", "embeddings.concurrency", "100000", "1000"},
		{"embeddings: {" + model + "model: m, price_per_million_tokens: -1}", "embeddings.price_per_million_tokens", "-1", "between 0"},
		{"embeddings: {" + model + "model: m, share: 1.1}", "embeddings.share", "1.1", "between 0 and 1"},
		{"embeddings: {" + model + "model: m, share: .nan}", "embeddings.share", "NaN", "between 0 and 1"},
		{"embeddings: {" + model + "model: m, deployment: d}", "embeddings", "deployment", "azure: true"},
		{"embeddings: {" + model + "model: m, former: [{" + model + "model: n, dimensions: -2}]}", "embeddings.former[0].dimensions", "-2", "between 1 and"},
		{"rerank: {candidates: 10}", "rerank", "", "base_url and model"},
		{"rerank: {" + model + "model: m, candidates: -1}", "rerank.candidates", "-1", "1000"},
		{"rerank: {" + model + "model: m, text_tokens: -1}", "rerank.text_tokens", "-1", "between 16"},
		{"rerank: {" + model + "model: m, price_per_million_tokens: .inf}", "rerank.price_per_million_tokens", "Inf", "between 0"},
		{"model: {max_tokens: 800}", "model", "", "base_url and name"},
		{"model: {" + model + "name: m, max_tokens: -1}", "model.max_tokens", "-1", "between 50 and"},
		{"model: {" + model + "name: m, max_tokens: 1}", "model.max_tokens", "1", "between 50 and"},
		{"model: {" + model + "name: m, max_tokens: 2000000000}", "model.max_tokens", "2000000000", "100000"},
		{"model: {base_url: 'http://u:secret@x/', name: m}", "model.base_url", "xxxxx", "password"},
		{"model: {" + model + "name: m, cost: {input_per_million: -1}}", "model.cost.input_per_million", "-1", "between 0"},
		{"model: {" + model + "name: m, cost: {output_per_million: .nan}}", "model.cost.output_per_million", "NaN", "between 0"},
		{"model: {" + model + "name: m, cost: {input_per_million: 1}, daily_budget: 1e12}", "model.daily_budget", "1e+12", "between 0"},
		{"limits: {conversation_per_hour: -1}", "limits.conversation_per_hour", "-1", "between 0 and"},
		{"limits: {address_per_hour: -1}", "limits.address_per_hour", "-1", "between 0 and"},
		{"limits: {questions_per_day: 9000000000}", "limits.questions_per_day", "9000000000", "1000000000"},
		{"limits: {address_header: 'X: Y'}", "limits.address_header", "X: Y", "X-Forwarded-For"},
		{"web: {listen: nonsense}", "web.listen", "nonsense", "127.0.0.1:8080"},
		{"web: {listen: '127.0.0.999:80'}", "web.listen", "127.0.0.999:80", "127.0.0.1:8080"},
		{"web: {listen: 'my host:80'}", "web.listen", "my host:80", "127.0.0.1:8080"},
		{"web: {listen: 'localhost:nosuchport'}", "web.listen", "nosuchport", "127.0.0.1:8080"},
		{"web: {origins: ['*']}", "web.origins[0]", "*", "https://www.example.gov"},
		{"web: {live_links: {x: https://y.gov/}}", "web.live_links", "x", "https://www.example.gov/"},
		{"web: {examples: ['']}", "web.examples[0]", "", "question"},
		{"web: {disclosure: ' '}", "web.disclosure", "", "built-in"},
		{"help_lines: [{for: fun, name: n, phone: '1'}]", "help_lines[0].for", "fun", "self-harm"},
		{"help_lines: [{for: any, name: n, phone: none}]", "help_lines[0].phone", "none", "digit"},
		{"help_lines: [{for: any, name: n, phone: '1', language: klingon}]", "help_lines[0].language", "klingon", "en, es or zh"},
		{"thesaurus: [bin]", "thesaurus[0]", "bin", "two words"},
	} {
		if err := os.WriteFile(defaultConfigFile, []byte(c.setting+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(&Globals{})
		line, _, more := strings.Cut(fmt.Sprint(err), "\n")
		if err == nil || more || !strings.HasPrefix(line, defaultConfigFile+": [1:") || !strings.Contains(line, " "+c.field+": ") ||
			!strings.Contains(line, c.value) || !strings.Contains(line, c.allowed) || strings.Contains(line, "secret") {
			t.Errorf("%s\n%v", c.setting, err)
		}
	}
}

// What may be meant is taken, at both ends of what is allowed.
func TestWhatCanBeMeantIsTaken(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{
		"agency: {language: zh, time_zone: America/Argentina/Buenos_Aires, contact: {phone: '(555) 555-0100', email: a.b+c@example.gov}}",
		"answer: {threshold: 0.999, deadline: 30s}",
		"answer: {threshold: 0, deadline: 0s}",
		"limits: {conversation_per_hour: 0, address_per_hour: 0, questions_per_day: 0}",
		"web: {listen: ':0'}", "web: {listen: '[::1]:443'}", "web: {listen: 'db-1.example.gov:8080'}",
		"sources: [{folder: a, language: pt, max_mb: 1024}]",
		"model: {base_url: 'http://127.0.0.1:1/v1', name: m, max_tokens: 50}",
		"thesaurus: ['bin, cart']",
	} {
		if err := os.WriteFile(defaultConfigFile, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(&Globals{}); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
