// A receiver for journalbridge's `websocket` sender: writes entries to standard output as lines, then acknowledges them.
// npm install ws snappy; node websocket-receiver.mjs [PORT]
import { uncompress } from 'snappy';
import { WebSocketServer } from 'ws';

const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const server = new WebSocketServer({ port: Number(process.argv[2] ?? 8080), maxPayload: MAX_FRAME_BYTES });

server.on('listening', () => console.error(`listening on port ${server.address().port}`));

server.on('connection', (socket, { headers }) => {
  const isSnappy = headers['journalpump-compression'] === 'snappy';
  const wantsAcks = headers['journalbridge-first-sequence'] !== undefined;
  let sequence = Number(headers['journalbridge-first-sequence'] ?? 1);
  let earlier = Promise.resolve();

  // One frame after the other, so that acknowledgements come in order.
  socket.on('message', (frame) => {
    earlier = earlier
      .then(() => take(frame, isSnappy))
      .then(() => {
        if (wantsAcks) socket.send(JSON.stringify({ ack: sequence++ }));
      })
      .catch(() => socket.close(1011, 'the frame could not be taken'));
  });
  socket.on('error', () => socket.terminate());
});

async function take(frame, isSnappy) {
  const entries = isSnappy ? await uncompress(frame) : frame;
  const lines = `${entries.toString().replaceAll('\0', '\n')}\n`;
  // Only what is safe may be acknowledged: a file wants fsync here.
  await new Promise((resolve, reject) => {
    process.stdout.write(lines, (error) => (error ? reject(error) : resolve()));
  });
}
