import { InProcessHub } from "../../src/adapters/inProcess";
import { useNativeKeccak } from "../../src/adapters/crypto/nativeKeccak";
import { filesOf } from "../../src/adapters/dataFolder";
import { LmdbStore } from "../../src/adapters/lmdb/lmdbStore";
import { MemoryStore } from "../../src/adapters/memoryStore";
import type { Store } from "../../src/ports/store";
import { startInProcessNode, type LocalChain } from "../lib/nodes";
import { perSecondAtOnce, type Row } from "./harness";
import { ALICE, BOB, openChannels, payment, QUIET, withChain, withFolders, type Start } from "./pair";

/** One channel, one payment after the other, both nodes in this process: what the engine costs, and then the disk. */
export function sequential(): Promise<Row[]> {
  useNativeKeccak();
  return withChain((chain) =>
    withFolders(async (folder) => {
      const memory = new Map([ALICE, BOB].map((key) => [key, new MemoryStore()]));
      const files = new Map([
        [ALICE, filesOf(await folder()).store],
        [BOB, filesOf(await folder()).store],
      ]);
      return [
        await measure(chain, "updates-sequential-memory", (key) => Promise.resolve(memory.get(key)!)),
        await measure(chain, "updates-sequential-durable", (key) => LmdbStore.open(files.get(key)!)),
      ];
    }),
  );
}

async function measure(chain: LocalChain, name: string, open: (key: typeof ALICE) => Promise<Store>): Promise<Row> {
  const hub = new InProcessHub();
  const start: Start = async (key, pollInterval) =>
    startInProcessNode(chain, hub, key, { store: await open(key), chain: { pollInterval } });
  const [channel] = await openChannels(chain, start, 1);
  const [alice, bob] = [await start(ALICE, QUIET), await start(BOB, QUIET)];
  try {
    bob.connect(ALICE.address, "");
    return await perSecondAtOnce(name, [payment(bob, channel!)]);
  } finally {
    await Promise.all([alice.stop(), bob.stop()]);
  }
}
