import { readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

/**
 * Proves the theorems of `test/formal` with the SMTChecker inside the compiler, and breaks the libraries on purpose to
 * see that the proofs notice: a mutant that survives means that its theorem says nothing.
 */
const ROOT = join(__dirname, "..");

/** Harness contract, and edits of a library after each of which the named theorem must fail. */
interface Target {
  readonly contract: string;
  readonly library: string;
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
      name: "punishes for the same version",
      from: "return version > registered &&",
      to: "return version >= registered &&",
      breaks: ["honestChallengersAreNotPunished"],
    },
  ],
};

const PAYOUT: Target = {
  contract: "PayoutProof",
  library: "contracts/libraries/Payout.sol",
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

/** Checks every theorem and every mutant. */
export function prove(): Verdict[] {
  return [DISPUTE_RULES, PAYOUT].flatMap((target) => [
    ...proveTheorems(target),
    ...target.mutants.map((mutant) => proveMutant(target, mutant)),
  ]);
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

/** What of the compiler is used here; it comes without types. */
interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

function check(target: Target, library: string): Diagnostic[] {
  const harness = harnessPath(target);
  const input = {
    language: "Solidity",
    sources: { [harness]: { content: read(harness) }, [target.library]: { content: asPremises(library) } },
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
  const output = JSON.parse((solc as Compiler).compile(JSON.stringify(input), { import: load })) as {
    errors?: Diagnostic[];
  };
  return output.errors ?? [];
}

/**
 * The checker does not follow `revert` and early `return`: it takes `if (c) revert E(…);` as the premise `!c` here, and
 * what follows `if (c) return;` as needed only if `!c`.
 */
function asPremises(library: string): string {
  return library
    .replace(/if \((.*)\) revert [^;]+;/g, "require(!($1));")
    .replace(/if \((.*)\) return;((?:\s+require\([^;]+;)+)/g, "if (!($1)) {$2 }");
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
  const verdicts = prove();
  for (const { name, passed, detail } of verdicts) console.log(`${passed ? "✔" : "✘"} ${name}: ${detail}`);
  const lost = verdicts.filter(({ passed }) => !passed).length;
  console.log(`${verdicts.length - lost} of ${verdicts.length} hold.`);
  process.exitCode = lost === 0 ? 0 : 1;
}

if (require.main === module) main();
