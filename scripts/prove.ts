import { readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

/**
 * Proves the theorems of `test/formal` with the SMTChecker inside the compiler, and breaks the libraries on purpose to
 * see that the proofs notice: a mutant that survives means that its theorem says nothing.
 */
const compile = solc.compile as (
  input: string,
  callbacks: { import: (path: string) => { contents: string } },
) => string;
const ROOT = join(__dirname, "..");

/** Harness contract, and edits of a library after each of which the named theorem must fail. */
interface Target {
  readonly contract: string;
  readonly library: string;
  /** How many statements of the library the checker does not follow, and gets in other words. */
  readonly reworded: number;
  readonly mutants: readonly Mutant[];
}

interface Mutant {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly breaks: readonly string[];
}

const DISPUTE_RULES: Target = {
  contract: "DisputeRulesProof",
  library: "contracts/libraries/DisputeRules.sol",
  reworded: 5, // four times `revert`, one early `return`
  mutants: [
    {
      name: "an equal version restarts a running clock",
      from: "version < registered || (version == registered && !answered)",
      to: "version < registered",
      breaks: ["everyVersionStartsAtMostOneClock", "everyStepMakesProgress", "nothingIsNewerThanFinal"],
    },
    {
      name: "an equal version answers",
      from: "if (version <= registered)",
      to: "if (version < registered)",
      breaks: ["everyStepMakesProgress", "nothingIsNewerThanFinal"],
    },
    {
      name: "an older version may be challenged with",
      from: "version < registered || (version == registered && !answered)",
      to: "version == registered && !answered",
      breaks: ["versionsNeverFall", "everyVersionStartsAtMostOneClock"],
    },
    {
      name: "settles a second early",
      from: "currentTime < finalizesAt",
      to: "currentTime + 1 < finalizesAt",
      breaks: ["nobodySettlesEarly", "clocksRunForThePeriod"],
    },
    {
      name: "forgets the period",
      from: "return currentTime + challengePeriod;",
      to: "return challengePeriod;",
      breaks: ["clocksRunForThePeriod"],
    },
    {
      name: "punishes for a proposal",
      from: "version <= uint256(registered) + 1",
      to: "version <= registered",
      breaks: ["honestChallengersAreNotPunished"],
    },
    {
      name: "punishes for the end of the dispute",
      from: " || version == StateLib.FINAL_VERSION;",
      to: ";",
      breaks: ["honestChallengersAreNotPunished"],
    },
    {
      name: "punishes who did not sign",
      from: "return !innocent && (signers >> challengerIndex) & 1 != 0;",
      to: "return !innocent;",
      breaks: ["honestChallengersAreNotPunished"],
    },
  ],
};

const PAYOUT: Target = {
  contract: "PayoutProof",
  library: "contracts/libraries/Payout.sol",
  reworded: 0,
  mutants: [
    {
      name: "pays what is owed, held or not",
      from: "owed < held ? owed : held",
      to: "owed",
      breaks: ["paysNoMoreThanOwedOrHeld"],
    },
    {
      name: "pays what is held, owed or not",
      from: "owed < held ? owed : held",
      to: "held",
      breaks: ["paysNoMoreThanOwedOrHeld"],
    },
    {
      name: "pays all or nothing",
      from: "owed < held ? owed : held",
      to: "owed <= held ? owed : 0",
      breaks: ["earlierAllocationsComeFirst", "nothingIsHeldBack"],
    },
    {
      name: "pays less when there is more",
      from: "owed < held ? owed : held",
      to: "owed < held ? 0 : held",
      breaks: ["nothingIsHeldBack", "moreMoneyPaysNobodyLess", "partsPayTheNextLikeTheWhole"],
    },
  ],
};

/** What became of one theorem or one mutant. */
export interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

interface Diagnostic {
  readonly severity: string;
  readonly errorCode?: string;
  readonly message: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
}

/** Checks every theorem and every mutant, one after the other. */
export function* prove(): Generator<Verdict> {
  for (const target of [DISPUTE_RULES, PAYOUT]) {
    yield* proveTheorems(target);
    for (const mutant of target.mutants) yield proveMutant(target, mutant);
  }
}

function proveTheorems(target: Target): Verdict[] {
  const failed = failedTheorems(target, read(target.library));
  return theoremsOf(target).map(({ name }) => ({
    name: `${target.contract}.${name}`,
    passed: !failed.has(name),
    detail: failed.has(name) ? "NOT PROVED" : "proved",
  }));
}

function proveMutant(target: Target, { name, from, to, breaks }: Mutant): Verdict {
  const library = read(target.library);
  if (!library.includes(from))
    throw new Error(`The mutant "${name}" no longer applies: "${from}" is not in ${target.library}.`);
  const failed = failedTheorems(target, library.replace(from, to));
  const missed = breaks.filter((theorem) => !failed.has(theorem));
  return {
    name: `${target.contract}, mutant: ${name}`,
    passed: missed.length === 0,
    detail: missed.length === 0 ? `refuted by ${breaks.join(", ")}` : `SURVIVES ${missed.join(", ")}`,
  };
}

/** The theorems of a harness that the checker could not prove, with this text for its library. */
function failedTheorems(target: Target, library: string): Set<string> {
  const harness = harnessPath(target);
  const theorems = theoremsOf(target);
  const failed = new Set<string>();
  for (const { severity, message, formattedMessage, sourceLocation } of check(target, library)) {
    if (severity === "error") throw new Error(formattedMessage);
    if (!/^BMC: .*(happens|might happen)/s.test(message)) continue;
    if (sourceLocation?.file !== harness) throw new Error(formattedMessage);
    failed.add(theorems.filter(({ start }) => start < sourceLocation.start).at(-1)!.name);
  }
  return failed;
}

function check(target: Target, library: string): Diagnostic[] {
  const harness = harnessPath(target);
  const input = {
    language: "Solidity",
    sources: { [harness]: { content: read(harness) }, [target.library]: { content: asPremises(target, library) } },
    settings: {
      modelChecker: {
        engine: "bmc",
        solvers: ["z3"],
        targets: ["assert"],
        showUnproved: true,
        contracts: { [harness]: [target.contract] },
      },
    },
  };
  const load = (path: string): { contents: string } => ({ contents: read(path) });
  const output = JSON.parse(compile(JSON.stringify(input), { import: load })) as { errors?: Diagnostic[] };
  return output.errors ?? [];
}

/**
 * The checker does not follow `revert` and early `return`: it takes `if (c) revert E(…);` as the premise `!c` here, and
 * what follows `if (c) return;` as needed only if `!c`.
 */
function asPremises({ library: path, reworded }: Target, library: string): string {
  let count = 0;
  const text = library
    .replace(/if \((.*)\) revert [^;]+;/g, (_, condition: string) => {
      count++;
      return `require(!(${condition}));`;
    })
    .replace(/if \((.*)\) return;((?:\s+require\([^;]+;)+)/g, (_, condition: string, premises: string) => {
      count++;
      return `if (!(${condition})) {${premises} }`;
    });
  if (count !== reworded) throw new Error(`${path}: ${count} statements were reworded, not ${reworded}.`);
  if (/\brevert [A-Z]|\breturn;/.test(text)) throw new Error(`${path}: a revert or a return escaped the rewording.`);
  return text;
}

function theoremsOf(target: Target): { name: string; start: number }[] {
  const source = read(harnessPath(target));
  return [...source.matchAll(/function (\w+)\(/g)].map((match) => ({ name: match[1]!, start: match.index }));
}

function harnessPath({ contract }: Target): string {
  return `test/formal/${contract}.sol`;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function main(): void {
  let held = 0;
  let count = 0;
  for (const { name, passed, detail } of prove()) {
    console.log(`${passed ? "✔" : "✘"} ${name}: ${detail}`);
    count++;
    if (passed) held++;
  }
  console.log(`${held} of ${count} hold.`);
  process.exitCode = held === count ? 0 : 1;
}

if (require.main === module) main();
