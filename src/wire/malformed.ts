import { SluiceError } from "../errors";

/**
 * Refuses bytes that came from outside.
 * @throws SluiceError `MESSAGE_MALFORMED`
 */
export function refuse(what: string): never {
  throw new SluiceError("MESSAGE_MALFORMED", `This is no message. ${what}`, "It was dropped; nothing changed.");
}

/**
 * Refuses a message of our own that peers would drop.
 * @throws SluiceError `MESSAGE_MALFORMED`
 */
export function unsendable(what: string): never {
  throw new SluiceError(
    "MESSAGE_MALFORMED",
    `No peer would take this message. ${what}`,
    "Nothing was sent; shorten it.",
  );
}
