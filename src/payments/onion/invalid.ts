import { SluiceError } from "../../errors";

/**
 * Refuses what came with a payment.
 * @throws SluiceError `ONION_INVALID`
 */
export function refuse(what: string): never {
  throw new SluiceError(
    "ONION_INVALID",
    `This onion is not for us. ${what}`,
    "Nothing was forwarded; give the payment back.",
  );
}

/**
 * Refuses to make an onion that could not be read.
 * @throws SluiceError `ROUTE_INVALID`
 */
export function unroutable(what: string): never {
  throw new SluiceError(
    "ROUTE_INVALID",
    `Nothing can be sent on this route. ${what}`,
    "Nothing was sent; find another.",
  );
}
