import { argumentInvalid, parsePeer } from "../arguments";
import { nodeOf, type Cli } from "../session";

/** `sluice connect` */
export function addConnect(cli: Cli): void {
  const example = "connect 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC@ws://bob.example:9646";
  cli
    .command("connect", "Keep a connection to a peer up.", example)
    .argument("<peer>", "address of the peer, and where it listens: 0x…@ws://host:port")
    .action(
      cli.action<[string]>(async (session, [text]) => {
        const { address, url } = parsePeer(text);
        if (url === undefined) throw argumentInvalid("Where does the peer listen?", `Write ${address}@ws://host:port.`);
        await nodeOf(session).connect(address, url);
        return { json: { peer: address, url }, text: `The node keeps a connection to ${address} up.` };
      }),
    );
}
