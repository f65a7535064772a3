import { promisify } from 'node:util';
import { gzip, gunzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { KafkaOptions } from './definition.ts';

/** kafkajs gives its encoder to be compressed, and bytes to be decompressed. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const { CompressionCodecs, CompressionTypes } = kafkajs;

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const satisfies Record<KafkaOptions['compression'], number>;

/** Makes kafkajs know the codec, loading its library only now, and gives kafkajs's number for it. */
export async function prepareCompression(name: KafkaOptions['compression']): Promise<(typeof TYPES)[typeof name]> {
  if (name !== 'none') {
    const codec = await codecOf(name);
    (CompressionCodecs as Record<number, () => Codec>)[TYPES[name]] = () => codec;
  }
  return TYPES[name];
}

async function codecOf(name: Exclude<KafkaOptions['compression'], 'none'>): Promise<Codec> {
  switch (name) {
    case 'gzip':
      return codec(promisify(gzip), promisify(gunzip));
    case 'zstd':
      return codec(promisify(zstdCompress), promisify(zstdDecompress));
    case 'snappy': {
      const { compress, uncompress } = await import('snappy');
      return codec(compress, async (bytes) => uncompress(bytes, { asBuffer: true }) as Promise<Buffer>);
    }
    case 'lz4': {
      const [{ decompressFrame }, { compressLz4Frame }] = await Promise.all([
        import('lz4-napi'),
        import('./lz4-frame.ts'),
      ]);
      return codec(compressLz4Frame, decompressFrame);
    }
  }
}

function codec(compress: (bytes: Buffer) => Promise<Buffer>, decompress: Codec['decompress']): Codec {
  return { compress: ({ buffer }) => compress(buffer), decompress };
}
