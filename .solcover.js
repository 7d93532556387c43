// Settings of `npm run coverage`. The contracts are compiled through the IR, but without optimisation: instrumented code
// has more live variables than the stack holds, unless the Yul optimiser may spill them to memory (the empty steps are
// what lets it do that and nothing else).
module.exports = {
  skipFiles: ["test"],
  istanbulReporter: ["html", "lcov", "text", "json-summary"],
  configureYulOptimizer: true,
  solcOptimizerDetails: {
    yul: true,
    yulDetails: { optimizerSteps: "" },
  },
};
