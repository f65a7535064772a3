import { readFile } from 'node:fs/promises';
import kafkajs from 'kafkajs';

// A program of its own: sends messages that are ready, read from a file of JSON lines, by kafkajs and nothing else.

const [address = '', topic = '', file = ''] = process.argv.slice(2);
const BATCH = 1000;

const text = await readFile(file);
const messages: kafkajs.Message[] = [];
for (let start = 0; start < text.length;) {
  const end = text.indexOf(0x0a, start);
  const n = messages.length;
  const cursor = `s=e8c6f9c5d6b14b2a9a1f0a7c5d3e2b10;i=${n.toString(16)};b=aaaaaaaa111141118111111111110000;m=4c4b40;t=6476f6e1e9000;x=0`;
  messages.push({ value: text.subarray(start, end), partition: 0, headers: { cursor, host: 'box' } });
  start = end + 1;
}
const kafka = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
const cpu = process.cpuUsage();
const begin = performance.now();
for (let i = 0; i < messages.length; i += BATCH)
  await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: messages.slice(i, i + BATCH) }] });
const { user, system } = process.cpuUsage(cpu);
// begun when all is ready, so that only the sending counts
console.log(JSON.stringify({ wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 }));
await producer.disconnect();
