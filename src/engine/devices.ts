import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import type { Device } from './types.js';

/** A device ONNX Runtime may run on, whether it can be used here, and if not why. */
export type DeviceReport = {
  readonly name: 'cpu' | 'cuda' | 'webgpu';
  readonly available: boolean;
  readonly why?: string;
};

/** Session options common to every graph: few threads, no spinning beside the robot's other processes. */
export function sessionOptions(
  device: DeviceReport['name'],
  threads: number,
): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}

/** The devices of this machine. Reads what ONNX Runtime ships and which driver is loaded; makes no session. */
export function listDevices(): DeviceReport[] {
  const backends = new Set(ort.listSupportedBackends().map((backend) => backend.name));
  return [{ name: 'cpu', available: true }, cudaReport(backends), webgpuReport(backends)];
}

function cudaReport(backends: ReadonlySet<string>): DeviceReport {
  if (!backends.has('cuda'))
    return { name: 'cuda', available: false, why: 'this onnxruntime-node has no CUDA provider' };
  if (!readable('/proc/driver/nvidia/version')) {
    return { name: 'cuda', available: false, why: 'no NVIDIA driver is loaded' };
  }
  return { name: 'cuda', available: true };
}

function webgpuReport(backends: ReadonlySet<string>): DeviceReport {
  if (!backends.has('webgpu')) {
    return { name: 'webgpu', available: false, why: 'this onnxruntime-node has no WebGPU provider' };
  }
  return { name: 'webgpu', available: true };
}

function readable(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/** ONNX Runtime takes a path or bytes, each with a signature of its own. */
function openSession(
  model: Uint8Array | string,
  device: DeviceReport['name'],
  threads: number,
): Promise<ort.InferenceSession> {
  const options = sessionOptions(device, threads);
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options);
}

/**
 * Makes a session on `device`, from an ONNX file's path or bytes. `auto` tries CUDA where a driver is loaded, then the CPU.
 * @throws Error naming the devices that are available when the one asked for is not
 */
export async function createSession(
  model: Uint8Array | string,
  device: Device,
  threads: number,
): Promise<{ session: ort.InferenceSession; device: DeviceReport['name'] }> {
  const cuda = listDevices().find((report) => report.name === 'cuda');
  if (device === 'auto' && cuda?.available === true) {
    try {
      return {
        session: await openSession(model, 'cuda', threads),
        device: 'cuda',
      };
    } catch {
      // The provider's libraries (CUDA, cuDNN) are not installed: auto means to go on with the CPU.
    }
  }
  const wanted = device === 'auto' ? 'cpu' : device;
  const report = listDevices().find((candidate) => candidate.name === wanted);
  if (report?.available !== true) throw unavailable(wanted, report?.why ?? 'unknown device');
  try {
    return {
      session: await openSession(model, report.name, threads),
      device: report.name,
    };
  } catch (error) {
    if (wanted === 'cpu') throw error;
    throw unavailable(wanted, error instanceof Error ? error.message : String(error));
  }
}

function unavailable(device: string, why: string): Error {
  const names = listDevices()
    .filter((report) => report.available && report.name !== device)
    .map((report) => report.name);
  return new Error(`device '${device}' is not available: ${why}. Available: ${names.join(', ')}`);
}
