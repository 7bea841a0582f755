/**
 * Typed services. rclnodejs has no raw services, so requests and responses pass through CDR on their way to have the same
 * field names and number types as topics; a service is called rarely enough for that.
 */
import type { Codec, ServiceCodec } from '../interfaces/codec.js';
import type { Rcl, RclClient, RclMessageClass, RclServiceClass } from './rcl-module.js';

/** Nobody answered a service call in time. */
export class ServiceTimeoutError extends Error {
  constructor(service: string, seconds: number, detail: string) {
    super(`service ${service} gave no answer within ${seconds} s: ${detail}`);
    this.name = 'ServiceTimeoutError';
  }
}

/** The generated class of a service. @throws Error when the type is unknown to rclnodejs. */
export function serviceClass(rcl: Rcl, type: string): RclServiceClass {
  return rcl.module.require(type) as RclServiceClass;
}

/** What rclnodejs builds a message from. (Its own `deserializeMessage` gives objects that cannot be sent.) */
function toRcl<T>(message: T, codec: Codec<T>): object {
  return withoutTypedArrays(codec.decode(codec.encode(message))) as object;
}

function withoutTypedArrays(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTypedArrays);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withoutTypedArrays(field)]));
}

function fromRcl<T>(rcl: Rcl, plain: object, codec: Codec<T>, type: RclMessageClass): T {
  return codec.decode(rcl.module.serializeMessage(new type(plain), type));
}

/** Wraps a typed handler for rclnodejs. What the handler throws is thrown on; the caller then gets no answer. */
export function serviceHandler<Request, Response>(
  rcl: Rcl,
  type: RclServiceClass,
  codec: ServiceCodec<Request, Response>,
  handler: (request: Request) => Response | Promise<Response>,
): (plain: object) => Promise<object> {
  return async (plain) => {
    const response = await handler(fromRcl(rcl, plain, codec.request, type.Request));
    return toRcl(response, codec.response);
  };
}

/** Calls one service. */
export class ServiceClient<Request, Response> {
  constructor(
    private readonly rcl: Rcl,
    private readonly client: RclClient,
    private readonly type: RclServiceClass,
    private readonly codec: ServiceCodec<Request, Response>,
  ) {}

  /** The full service name, after remapping. */
  get service(): string {
    return this.client.serviceName;
  }

  /** Waits until a server is there. @returns false after `timeout_ms` */
  waitForServer(timeout_ms: number): Promise<boolean> {
    return this.client.waitForService(timeout_ms);
  }

  /**
   * Waits for a server, sends the request and waits for the answer.
   * @param options.timeout_ms for all of it together [ms], 5000 unless given
   * @throws ServiceTimeoutError, which says whether there was a server
   */
  async call(request: Request, options: { timeout_ms?: number } = {}): Promise<Response> {
    const timeout = options.timeout_ms ?? 5000;
    const start = performance.now();
    if (!(await this.client.waitForService(timeout))) {
      throw new ServiceTimeoutError(this.service, timeout / 1000, 'no server');
    }
    const rest = Math.max(1, timeout - (performance.now() - start));
    const sent = toRcl(request, this.codec.request);
    try {
      const plain = await this.client.sendRequestAsync(sent, { timeout: Math.ceil(rest) });
      return fromRcl(this.rcl, plain, this.codec.response, this.type.Response);
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        throw new ServiceTimeoutError(this.service, timeout / 1000, 'the server is silent');
      }
      throw error;
    }
  }
}
