import { Toxiproxy } from '../support/toxiproxy.ts';
import { SpoiltLink, type Destination } from './destination.ts';
import { Tally } from './tally.ts';
import { WebSocketReceiver } from './websocket-receiver.ts';

/** A WebSocket server that acknowledges what it has, and keeps that however it fails. */
export async function openWebSocketDestination(name: string): Promise<Destination> {
  const tally = new Tally({ name });
  const receiver = new WebSocketReceiver((entry) => {
    tally.take(entry);
  });
  await receiver.listen();
  const proxy = await Toxiproxy.start(`127.0.0.1:${receiver.port}`);
  const link = new SpoiltLink(proxy);
  return {
    name,
    config: {
      output_type: 'websocket',
      websocket_uri: `ws://${proxy.address}`,
      websocket_ack: true,
      max_send_interval: 0.1,
    },
    failures: {
      killed: () => receiver.close(),
      hangs: () => {
        receiver.hang();
        return Promise.resolve();
      },
      slow: () => link.slow(),
      refuses: () => {
        receiver.refuse();
        return Promise.resolve();
      },
      'resets after the request': () => link.resetAnswers(),
    },
    heal: async () => {
      await link.heal();
      await receiver.heal();
    },
    tallies: () => Promise.resolve([tally]),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await receiver.close();
    },
  };
}
