import { closeSync, existsSync, openSync } from "node:fs";
import { SluiceError } from "../../errors";
import { failureOf } from "./failure";
import { ensure } from "./layout";
import { unseal } from "./sealed";
import { readMetas, Snapshot } from "./snapshot";
import { decodeSummary, EMPTY, plus, STORE_VERSION, SUMMARY_KEY, type Summary } from "./summary";

/**
 * Reads a store from the first byte to the last, and returns its summary if nothing is wrong with it.
 * @throws SluiceError `STORE_CORRUPT`, `STORE_MISSING` or `STORE_VERSION`
 */
export function checkStore(path: string): Summary {
  expectStore(path);
  const file = openSync(path, "r");
  try {
    const [newer, older] = readMetas(file);
    const snapshot = new Snapshot(file, newer);
    const summary = checkEntries(path, snapshot);
    snapshot.checkFree();
    // A damaged header can make the older snapshot look like the newer one.
    const [first] = new Snapshot(file, older).entries();
    const before = first === undefined ? undefined : readSummary(path, first);
    ensure(before?.transaction === summary.transaction - 1, "its newest transaction is missing");
    return summary;
  } catch (error) {
    throw failureOf(path, error);
  } finally {
    closeSync(file);
  }
}

/** @throws SluiceError `STORE_MISSING` unless the file is there */
export function expectStore(path: string): void {
  if (existsSync(path)) return;
  throw new SluiceError(
    "STORE_MISSING",
    `There is no store at ${path}.`,
    "Nothing was created. Check the folder; if the file was lost, restore a backup into a new folder.",
  );
}

function checkEntries(path: string, snapshot: Snapshot): Summary {
  let noted: Summary | undefined;
  let found = EMPTY;
  for (const entry of snapshot.entries()) {
    const [key, sealed] = entry;
    unseal(key, sealed);
    if (noted === undefined) noted = readSummary(path, entry);
    else found = plus(found, sealed);
  }
  ensure(noted !== undefined, "its summary is missing");
  ensure(noted.count === found.count && noted.sum === found.sum, "entries are missing or out of date");
  return noted;
}

function readSummary(path: string, [key, sealed]: readonly [Buffer, Buffer]): Summary {
  ensure(key.equals(SUMMARY_KEY), "its summary is missing");
  const summary = decodeSummary(sealed);
  if (summary.version === STORE_VERSION) return summary;
  throw new SluiceError(
    "STORE_VERSION",
    `The store ${path} has format ${summary.version}; this program knows format ${STORE_VERSION}.`,
    "Nothing was changed; use the version of Sluice that wrote it.",
  );
}
