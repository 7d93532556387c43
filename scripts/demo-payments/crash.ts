import { parseEther } from "ethers";
import { pay, tellPaid, type Paid } from "./paying";
import { linkBetween, until, type Stage } from "./stage";

/** Chapter 5: a node is killed while somebody else's payment is in its hands, and finishes it when it is back. */
export async function crash(stage: Stage): Promise<Paid> {
  const { narrator, people, channels } = stage;
  const { Ingrid, Carol, Bob } = people;
  narrator.chapter(5, "Carol is killed in the middle of a payment");
  const channelId = channels.get(linkBetween("Carol", "Bob"))!;
  const count = () => Carol.promises.filter((promise) => promise.channelId === channelId).length;
  const before = count();
  const meanwhile = async () => {
    narrator.progress("Bob's process hangs; the payment waits on its way");
    await until("Carol has promised to pay Bob", () => count() > before);
    narrator.progress("Carol is killed (SIGKILL), Bob goes on, and Carol starts again from her disk");
    await Carol.kill();
    Bob.thaw();
    await Carol.restart();
    await Carol.node.connect(Ingrid.address, Ingrid.listening);
    await Carol.node.connect(Bob.address, Bob.listening);
  };
  const wish = { title: "Carol is killed", unit: "ETH", amount: parseEther("0.25"), kind: "hash" } as const;
  const paid = await pay(stage, wish, { before: () => Bob.freeze(), meanwhile });
  narrator.say(
    "Bob's process hangs. Ingrid has promised to pay Carol, and Carol to pay Bob: both are stored, both are sent.",
  );
  narrator.say(
    "Carol's process is killed. It starts again, finds both promises on its disk, is told the secret, and hands it on.",
  );
  tellPaid(stage, paid);
  return paid;
}
