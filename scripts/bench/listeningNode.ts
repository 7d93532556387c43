/** A process with a node that somebody else pays through. Ends when its parent disconnects. */
import { startNode, type StartOptions } from "../../src/node/start";
import { taskOf } from "./child";

void startNode(taskOf() as StartOptions).then((node) => {
  process.once("disconnect", () => void node.stop().then(() => process.exit()));
  process.send!(node.info().listening);
});
