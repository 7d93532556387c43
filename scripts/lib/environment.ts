/** The environment for a process of its own: without settings of Hardhat and Sluice, but for the given ones. */
export function cleanEnvironment(settings: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(HARDHAT|SLUICE)_/.test(name));
  return { ...Object.fromEntries(kept), HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", ...settings };
}
