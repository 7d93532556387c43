import { format, resolveConfig } from "prettier";
import { MAX_BATCH, RPC_ERRORS } from "../../src/rpc/dispatch";
import { KEPT_EVENTS, PAGE_SIZE } from "../../src/rpc/eventLog";
import { METHODS, type Method } from "../../src/rpc/schema";
import { MAX_REQUEST } from "../../src/rpc/server";
import { notationOf, schemaOf, type Schema } from "./notation";

const INTRODUCTION = `<!-- Written by \`npm run docs\`; change src/rpc or scripts/docs instead. -->

# The API of a node

A running node (\`sluice node\`) can be used from every language by JSON-RPC 2.0 over HTTP. It listens on this machine alone,
at \`http://127.0.0.1:8646\` unless \`sluice.json\` says otherwise.

\`\`\`sh
TOKEN=$(cat ~/.sluice/api-token)
curl -s http://127.0.0.1:8646 -H "Authorization: Bearer $TOKEN" \\
  -d '{"jsonrpc":"2.0","id":1,"method":"info","params":{}}'
\`\`\`

\`\`\`json
{
  "jsonrpc": "2.0",
  "id": 1,
  "result": {
    "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "chainId": "11155111",
    "adjudicator": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "block": "9000000",
    "peers": [],
    "channels": 0
  }
}
\`\`\`

- **Token.** Every request shows the contents of \`api-token\` in the data folder. Whoever has it can spend everything; only
  the owner of the folder can read it. To change it, delete the file and start the node again.
- **Parameters** are an object. Unknown ones are refused, because they may be misspelt.
- **Whole numbers** of the protocol are decimal strings, because JSON numbers lose digits: amounts, versions, times, blocks.
  Amounts are in the smallest unit of their asset. The zero address stands for the native coin.
- **Waiting.** Some calls answer after minutes or days: give them no timeout. To stop to wait, close the connection; what was
  signed before stays valid, and the node sees it through. Look at the channel before you ask again.
- **Batches** hold ${MAX_BATCH} requests at most and are started in their order. A request is ${MAX_REQUEST} bytes at most.
- **Pages in a browser** have no business here: there are no CORS headers, and a \`Host\` header that names another machine
  is refused.

## Over plain HTTP

| request        | answer                                                             |
| -------------- | ------------------------------------------------------------------ |
| \`POST /\`       | JSON-RPC                                                           |
| \`GET /health\`  | \`Health\` as JSON; status 200 if all is well, 503 if anything is not |
| \`GET /metrics\` | metrics in the text format of Prometheus                           |

\`\`\`sh
curl -s http://127.0.0.1:8646/metrics -H "Authorization: Bearer $TOKEN"
\`\`\`

Refused before it is read: without the token 401, for another host 403, another path 404, too long 413.

## Errors

\`\`\`json
{
  "jsonrpc": "2.0",
  "id": 1,
  "error": {
    "code": ${RPC_ERRORS.APPLICATION},
    "message": "There is no channel 0x1a2b….",
    "data": { "code": "CHANNEL_UNKNOWN", "remedy": "Nothing was done; check the id." }
  }
}
\`\`\`

| code   | meaning                                                                                       |
| ------ | --------------------------------------------------------------------------------------------- |
| ${RPC_ERRORS.PARSE} | the request is not JSON                                                                       |
| ${RPC_ERRORS.REQUEST} | it is JSON, but no request                                                                    |
| ${RPC_ERRORS.METHOD} | there is no such method                                                                       |
| ${RPC_ERRORS.PARAMS} | a parameter is missing, unknown or malformed; \`message\` names it                              |
| ${RPC_ERRORS.INTERNAL} | the node failed; its log says why                                                             |
| ${RPC_ERRORS.APPLICATION} | Sluice refuses: \`data.code\` is for programs, \`message\` says what happened, \`data.remedy\` what to do |

The codes in \`data.code\` are those of \`SluiceErrorCode\` in \`src/errors.ts\`.

## Events

Ask \`events\` again and again: it waits until something happens. Pass \`run\` and \`next\` of each answer as \`run\` and \`after\` of
the next call, on whatever connection, and nothing is lost or told twice. The node keeps the last ${KEPT_EVENTS} events and gives
${PAGE_SIZE} at a time; if it cannot go on where you stopped, or was started anew, \`missed\` is true: look at the channels
themselves, then go on.
`;

/** What `docs/api.md` says: made from the table of methods, so that it cannot be wrong. */
export async function renderApi(): Promise<string> {
  const named = new Map<string, Schema>();
  const methods = Object.entries(METHODS as unknown as Record<string, Method>).map(([name, method]) => {
    for (const type of [method.params, method.result]) collect(schemaOf(type), named);
    return renderMethod(name, method);
  });
  const types = [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(renderType);
  const text = [INTRODUCTION, "## Methods\n", ...methods, "## Types\n", "```ts", ...types, "```"].join("\n");
  const settings = await resolveConfig(__filename);
  return format(text, { ...settings, parser: "markdown" });
}

function renderMethod(name: string, { summary, params, result, example }: Method): string {
  const { properties = {}, required = [] } = schemaOf(params);
  const rows = Object.entries(properties).map(([field, schema]) => {
    const optional = required.includes(field) ? "" : " (optional)";
    return `| \`${field}\`${optional} | ${code(notationOf(schema))} | ${describe(schema)} |`;
  });
  const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method: name, params: example });
  return [
    `### \`${name}\`\n`,
    `${summary}\n`,
    ...(rows.length === 0 ? [] : ["| parameter | type | |\n| - | - | - |", ...rows, ""]),
    `Result: ${code(notationOf(schemaOf(result)))}\n`,
    `\`\`\`json\n${request}\n\`\`\`\n`,
  ].join("\n");
}

function renderType([name, schema]: readonly [string, Schema]): string {
  return `/** ${capitalised(describe(schema))}. */\ntype ${name} = ${notationOf(schema)};`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function collect({ $defs = {} }: Schema, named: Map<string, Schema>): void {
  for (const [name, schema] of Object.entries($defs)) named.set(name, schema);
}

function describe({ description = "" }: Schema): string {
  return description;
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
