import { describeInvoices, describePayments, describeRoutes } from "../describePayments";
import { withUnit, type UnitOptions } from "../options";
import { nodeOf, type Cli } from "../session";
import { readInvoice } from "../invoices";

interface RouteOptions extends UnitOptions {
  readonly amount?: string;
  readonly maxFee?: string;
}

/** `sluice payments` and `sluice route`: look, and send nothing. */
export function addPayments(cli: Cli): void {
  cli.command("payments", "Show what was paid by invoice, and which invoices were paid.", "payments").action(
    cli.action(async (session) => {
      const node = nodeOf(session);
      const [payments, invoices] = await Promise.all([node.payments(), node.invoices()]);
      const text = `${describePayments(payments)}\n\n${describeInvoices(invoices)}`;
      return { json: { payments, invoices }, text };
    }),
  );
  const route = cli.command("route", "Show which way a payment would take, and what it costs.", "route sluice1…");
  withUnit(route)
    .argument("<invoice>", "what to pay: sluice1…")
    .option("--amount <amount>", "how much, where the invoice leaves it open")
    .option("--max-fee <amount>", "what all in between may keep (default: 1 % of the amount)")
    .action(
      cli.action<[string], RouteOptions>(async (session, [text], options) => {
        const { asset, ...request } = readInvoice(text, options);
        const routes = await nodeOf(session).routes(request);
        return { json: routes, text: describeRoutes(routes, asset) };
      }),
    );
}
