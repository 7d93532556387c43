// Settings of `npm run coverage`. The instrumented contracts are compiled through the IR, but without optimisation: they
// have more live variables than the stack holds, unless the Yul optimiser may move them to memory (the empty list of
// steps lets it do that, and nothing else).
module.exports = {
  skipFiles: ["test"],
  // Bounds on gas do not hold for instrumented code, and burning that much in it takes minutes.
  mocha: { grep: "quarter of a block", invert: true },
  istanbulReporter: ["html", "lcov", "text", "json-summary"],
  configureYulOptimizer: true,
  solcOptimizerDetails: {
    yul: true,
    yulDetails: { optimizerSteps: "" },
  },
  // The committed bindings hold the bytecode of the product, not of instrumented contracts.
  onPreCompile: (config) => {
    config.typechain.dontOverrideCompile = true;
  },
};
