import type { ChannelDetails } from "../../node/api";
import { argumentInvalid, findId, parseInteger } from "../arguments";
import { describeChange, describeProposals, describeQuestion } from "../describe";
import type { Answer } from "../io";
import { CHANNEL } from "../options";
import { nodeOf, type Cli } from "../session";
import { list, short } from "../text";
import type { RemoteNode } from "../../rpc/client";

interface Options {
  readonly accept?: boolean;
  readonly refuse?: boolean;
  readonly question?: string;
}

/** `sluice questions` and `sluice answer`: what peers want and only the user can decide. */
export function addAnswer(cli: Cli): void {
  cli
    .command("questions", "List what peers want and the node leaves to you.", "questions")
    .action(cli.action(async (session) => listQuestions(nodeOf(session))));
  cli
    .command("answer", "Accept or refuse a channel or a change that a peer wants.", "answer 0x12ab34 --accept")
    .argument("<channel>", CHANNEL)
    .option("--accept", "say yes")
    .option("--refuse", "say no")
    .option("--question <number>", "which one, if there are several; see `sluice questions`")
    .action(
      cli.action<[string], Options>(async (session, [text], { accept = false, refuse = false, question }) => {
        if (accept === refuse) throw argumentInvalid("Yes or no?", "Give either --accept or --refuse.");
        return decide(nodeOf(session), text, accept, question);
      }),
    );
}

async function listQuestions(node: RemoteNode): Promise<Answer> {
  const [proposals, summaries] = await Promise.all([node.proposals(), node.channels()]);
  const open = summaries.filter(({ phase }) => phase !== "closed");
  const channels = await Promise.all(open.map(({ id }) => node.channel(id)));
  const asking = channels.filter(({ questions }) => questions.length > 0);
  const parts = [
    ...(proposals.length > 0 ? [describeProposals(proposals)] : []),
    ...(asking.length > 0
      ? [list(asking.map(({ id, questions }) => [short(id), questions.map(describeQuestion)]))]
      : []),
  ];
  return {
    json: {
      proposals,
      questions: asking.flatMap(({ id, questions }) => questions.map((q) => ({ channelId: id, ...q }))),
    },
    text: parts.length === 0 ? "Nobody wants anything." : parts.join("\n\n"),
  };
}

async function decide(node: RemoteNode, text: string, accept: boolean, question?: string): Promise<Answer> {
  const [proposals, summaries] = await Promise.all([node.proposals(), node.channels()]);
  const id = findId(
    [...proposals, ...summaries].map((channel) => channel.id),
    text,
  );
  if (proposals.some((proposal) => proposal.id === id)) {
    await node.decide(id, accept);
    return { json: { channelId: id, accept }, text: `${accept ? "Joined" : "Refused"} ${id}.` };
  }
  const { change } = questionOf(await node.channel(id), question);
  await node.answer(id, change, accept);
  const text_ = `${accept ? "Accepted" : "Refused"} in ${short(id)}: ${describeChange(change)}.`;
  return { json: { channelId: id, change, accept }, text: text_ };
}

function questionOf({ questions }: ChannelDetails, text?: string): ChannelDetails["questions"][number] {
  if (questions.length === 0)
    throw argumentInvalid("Nobody asks for anything in this channel.", "See `sluice questions`.");
  if (text !== undefined) return questions[parseInteger(text, "a question", 0, questions.length - 1)]!;
  if (questions.length === 1) return questions[0]!;
  throw argumentInvalid(`There are ${questions.length} questions in this channel.`, "Name one with --question.");
}
