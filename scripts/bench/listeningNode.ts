/** A process with a node that somebody else pays through. Ends when its parent disconnects. */
import { startNode, type StartOptions } from "../../src/node/start";
import { readTask } from "../lib/children";

void startNode(readTask() as StartOptions).then((node) => {
  process.once("disconnect", () => void node.stop().then(() => process.exit()));
  process.send!(node.info().listening);
});
