import type { Io } from "./io";

/** How long a command may be silent, in milliseconds. */
const PATIENCE = 2000;

/** Waits, and after two seconds says for what. */
export async function waitFor<T>(io: Io, what: string, work: Promise<T>, patience = PATIENCE): Promise<T> {
  const timer = setTimeout(() => io.err(`Waiting for ${what} …`), patience);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
