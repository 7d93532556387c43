import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for each test of the enclosing suite, removed after it. */
export function temporaryFolder(): () => string {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}
