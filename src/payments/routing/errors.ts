import { SluiceError } from "../../errors";

/** Why no route was found: no path at all, no room for the amount, fees above the limit, or too many hops. */
export type NoRoute = "PATH" | "CAPACITY" | "FEE" | "HOPS";

/** `ROUTE_NOT_FOUND`, with the reason for the program as well as for the person. */
export class RouteNotFound extends SluiceError {
  constructor(
    readonly reason: NoRoute,
    summary: string,
    remedy: string,
    /** With `FEE`: by how much the cheapest route is above the limit, in the smallest unit of the asset. */
    readonly excess?: bigint,
  ) {
    super("ROUTE_NOT_FOUND", summary, remedy);
    this.name = "RouteNotFound";
  }
}

/** @throws SluiceError `ANNOUNCEMENT_INVALID`, always */
export function refuse(what: string): never {
  throw new SluiceError(
    "ANNOUNCEMENT_INVALID",
    what,
    "The announcement counts for nothing, and nothing changed; ask its maker for a right one.",
  );
}
