import { parseEther } from "ethers";
import { pay, tellPaid, type Paid } from "./paying";
import type { Stage } from "./stage";

/** Chapter 2: ether over three hops. Each of them locks it against one and the same hash. */
export async function payByHash(stage: Stage): Promise<Paid> {
  const { narrator } = stage;
  narrator.chapter(2, "Ether, locked on a hash: whoever compares two hops knows that they are one payment");
  const paid = await pay(stage, { title: "locks on a hash", unit: "ETH", amount: parseEther("0.5"), kind: "hash" });
  tellPaid(stage, paid);
  tellKeys(stage, paid);
  return paid;
}

/** Chapter 3: dollars over three hops. Each of them locks them against a point of its own. */
export async function payByPoint(stage: Stage): Promise<Paid> {
  const { narrator } = stage;
  narrator.chapter(3, "Dollars, locked on points: no two hops have anything in common");
  const paid = await pay(stage, { title: "locks on points", unit: "TUSD", amount: parseEther("25"), kind: "point" });
  tellPaid(stage, paid);
  tellKeys(stage, paid);
  return paid;
}

/** Shows what every hop was locked on. */
function tellKeys({ narrator }: Stage, { steps }: Paid): void {
  narrator.say("What the nodes promised to pay for, as it went over their lines:");
  for (const { from, to, key } of steps)
    narrator.figure(`    ${from} to ${to}`, `${key.slice(0, 10)} … ${key.slice(-6)}`);
  const different = new Set(steps.map(({ key }) => key)).size;
  narrator.figure("Different keys on three hops", `${different}`);
}
