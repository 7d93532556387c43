import { parseInvoice } from "../payments/invoice";
import type { Address } from "../protocol/types";
import type { PayInvoiceRequest } from "../router/send";
import { parseAmount, parseUnit } from "./amounts";
import { argumentInvalid } from "./arguments";
import type { UnitOptions } from "./options";

interface Options extends UnitOptions {
  readonly amount?: string;
  readonly maxFee?: string;
}

/** Whether somebody gave an invoice, and not a channel. */
export function isInvoice(text: string): boolean {
  return /^sluice1/i.test(text);
}

/**
 * Reads an invoice and how it is to be paid. Without a limit, 1 % of the amount may go for fees.
 * @throws SluiceError `INVOICE_INVALID` or `ARGUMENT_INVALID`
 */
export function readInvoice(
  text: string,
  { amount: given, maxFee, decimals, raw = false }: Options,
): PayInvoiceRequest & { readonly amount?: bigint; readonly asset: Address } {
  const { asset, amount: asked } = parseInvoice(text);
  const unit = () => parseUnit(asset, { raw, ...(decimals !== undefined && { decimals }) });
  const amount = given === undefined ? asked : parseAmount(given, unit());
  if (amount === undefined) throw argumentInvalid("This invoice leaves the amount to you.", "Give --amount.");
  const limit = maxFee === undefined ? (amount + 99n) / 100n : parseAmount(maxFee, unit());
  return { invoice: text, asset, maxFee: limit, amount };
}
