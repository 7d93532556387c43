import { z } from "zod";
import { address, uint } from "../rpc/basics";
import { DEFAULT_ROUTING, pairOf, type RouterSettings } from "../router/context";

const policy = {
  /** What is charged for each payment, in the smallest unit of the asset. */
  feeBase: z.exactOptional(uint),
  /** And of the amount, in millionths. */
  feeMillionths: z.exactOptional(uint),
  /** The least and the most of one payment. */
  minimum: z.exactOptional(uint),
  maximum: z.exactOptional(uint),
};

/** On which terms payments of others are passed on, as the file says it; the defaults of the node for what it omits. */
export const routingSchema = z.strictObject({
  ...policy,
  /** What is different for some assets. */
  assets: z.exactOptional(z.array(z.strictObject({ asset: address, ...policy }))),
  /** What is exchanged: so much of one asset for so much of another, in their smallest units. */
  rates: z.exactOptional(
    z.array(
      z.strictObject({
        give: z.strictObject({ asset: address, amount: uint }),
        get: z.strictObject({ asset: address, amount: uint }),
      }),
    ),
  ),
  /** Payments of one neighbour that are under way at most. */
  maxLocksPerPeer: z.exactOptional(z.int().min(0).max(10_000)),
  /** What they may add up to, by asset. */
  maxValuePerPeer: z.exactOptional(z.array(z.strictObject({ asset: address, amount: uint }))),
});

/** The settings of a router. */
export function routingOf(config: z.output<typeof routingSchema> | undefined): RouterSettings {
  if (config === undefined) return DEFAULT_ROUTING;
  const { assets = [], rates = [], maxLocksPerPeer, maxValuePerPeer = [], ...common } = config;
  const usual = { ...DEFAULT_ROUTING.policy, ...common };
  return {
    ...DEFAULT_ROUTING,
    policy: usual,
    policies: new Map(assets.map(({ asset, ...own }) => [asset, { ...usual, ...own }])),
    rates: new Map(
      rates.map(({ give, get }) => [pairOf(give.asset, get.asset), { give: give.amount, get: get.amount }]),
    ),
    ...(maxLocksPerPeer !== undefined && { maxLocksPerPeer }),
    maxValuePerPeer: new Map(maxValuePerPeer.map(({ asset, amount }) => [asset, amount])),
  };
}
