const { rmSync } = require("node:fs");

// Settings of `npm run coverage`. The instrumented contracts are compiled through the IR, but without optimisation: they
// have more live variables than the stack holds, unless the Yul optimiser may move them to memory (the empty list of
// steps lets it do that, and nothing else).
module.exports = {
  skipFiles: ["test"],
  // Left out: what depends on exact gas, which instrumented code does not keep to, and what takes minutes in it.
  mocha: {
    grep: "quarter of a block|must be there|while it pays its last outcome|agree on random games",
    invert: true,
    timeout: 120_000,
  },
  istanbulReporter: ["html", "lcov", "text", "json-summary"],
  configureYulOptimizer: true,
  solcOptimizerDetails: {
    yul: true,
    yulDetails: { optimizerSteps: "" },
  },
  onPreCompile: (config) => {
    // Markers are numbered across all files, so an edit of one changes those of the others: what an earlier run compiled
    // of them would report hits of markers that nobody counts any more.
    rmSync(config.paths.cache, { recursive: true, force: true });
    // The committed bindings hold the bytecode of the product, not of instrumented contracts.
    config.typechain.dontOverrideCompile = true;
  },
};
