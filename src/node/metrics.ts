import { Counter, Gauge, Registry } from "prom-client";

/** What a node counts. */
export class Metrics {
  readonly registry = new Registry();

  readonly messagesReceived = this.counter(
    "sluice_messages_received_total",
    "Messages that peers sent to this node, by type; malformed ones count as type malformed.",
    ["type"],
  );
  readonly messagesSent = this.counter(
    "sluice_messages_sent_total",
    "Messages that this node sent to peers, by type. Messages dropped for want of a connection are not counted.",
    ["type"],
  );
  readonly updates = this.counter(
    "sluice_updates_total",
    "States that became the newest one of a channel, signed by all its participants.",
  );
  readonly moves = this.counter("sluice_moves_total", "Moves of turn-taking apps, of this node and of its peers.");
  readonly paymentsReceived = this.counter(
    "sluice_payments_received_total",
    "Payments by voucher that peers made to this node.",
  );
  readonly notices = this.counter(
    "sluice_notices_total",
    "Other things that happened to channels, by type: opened, funded, asked, refused, disputed, leaving, closed.",
    ["type"],
  );
  readonly transactions = this.counter(
    "sluice_transactions_total",
    "Transactions handed to the chain, by the method of the adjudicator they call.",
    ["method"],
  );
  readonly reverts = this.counter(
    "sluice_transactions_reverted_total",
    "Transactions that would have reverted or did, by the error of the contract.",
    ["error"],
  );
  readonly alarms = this.counter("sluice_alarms_total", "Alarms that a person should look at, by code.", ["code"]);
  readonly block = this.gauge("sluice_chain_block", "Number of the newest block this node has seen.");
  readonly peers = this.gauge("sluice_peers_connected", "Peers that are connected and have proved who they are.");
  readonly channels = this.gauge("sluice_channels", "Channels that are not closed.");

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }
}
