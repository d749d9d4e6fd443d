// The benchmark's task as one writes it with LangChain.js: retrieve from pgvector,
// record the turn, stream the model's answer.
//
//   node server.mjs DATABASE MODELS PORT
import http from "node:http";
import pg from "pg";
import { PGVectorStore } from "@langchain/community/vectorstores/pgvector";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda, RunnablePassthrough, RunnableSequence } from "@langchain/core/runnables";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";

const [database, models, port] = process.argv.slice(2);
const configuration = { baseURL: models };
const pool = new pg.Pool({ connectionString: database });
const embeddings = new OpenAIEmbeddings({ apiKey: "none", model: "bench", configuration });
const store = new PGVectorStore(embeddings, {
  pool,
  tableName: "floor_passages",
  columns: { idColumnName: "id", contentColumnName: "text", metadataColumnName: "metadata", vectorColumnName: "embedding" },
  distanceStrategy: "cosine",
});
const retriever = store.asRetriever({ k: 8 });
const prompt = ChatPromptTemplate.fromMessages([
  ["system", "Answer the question from these passages only.\n\n{context}"],
  ["human", "{question}"],
]);
const model = new ChatOpenAI({ apiKey: "none", model: "bench", configuration, streaming: true });

const retrieve = RunnableLambda.from(async ({ conversation, question }) => {
  const found = await retriever.invoke(question);
  await pool.query("INSERT INTO floor_turns (conversation, question) VALUES ($1, $2)", [conversation, question]);
  return found.map((d) => d.pageContent).join("\n\n");
});
const chain = RunnableSequence.from([
  RunnablePassthrough.assign({ context: retrieve }),
  prompt,
  model,
  new StringOutputParser(),
]);

async function ask(req, res) {
  const body = [];
  for await (const part of req) body.push(part);
  const stream = await chain.stream(JSON.parse(Buffer.concat(body)));
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  for await (const text of stream) {
    if (text) res.write(`data: ${JSON.stringify(text)}\n\n`);
  }
  res.end("event: end\ndata: {}\n\n");
}

http
  .createServer((req, res) =>
    ask(req, res).catch((err) => {
      console.error(err);
      if (!res.headersSent) res.writeHead(500);
      res.end(`event: error\ndata: ${JSON.stringify(String(err))}\n\n`);
    }),
  )
  .listen(Number(port), "127.0.0.1");
