import type { Narrator } from "../demo/narrator";
import { onStage } from "./stage";
import { openAll, type Opening } from "./opening";

export interface Story {
  readonly opening: Opening;
}

export function tell(url: string, narrator: Narrator): Promise<Story> {
  return onStage(url, narrator, async (stage) => {
    const opening = await openAll(stage);
    return { opening };
  });
}
