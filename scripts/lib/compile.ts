import type { HardhatRuntimeEnvironment } from "hardhat/types";

/** Compiles what has changed. Says nothing: standard output belongs to the command. Errors are thrown all the same. */
export async function compile(hre: HardhatRuntimeEnvironment): Promise<void> {
  const { log, warn } = console;
  console.log = console.warn = () => undefined; // "quiet" is not quiet enough
  try {
    await hre.run("compile", { quiet: true });
  } finally {
    Object.assign(console, { log, warn });
  }
}
