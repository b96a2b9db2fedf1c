/** What an engine on this machine was measured to do: `clipx doctor --measure` makes it, `clipx plan` reads it. */
export interface DeviceProfile {
  readonly schema: 'clipx.device/1';
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  readonly threads: number;
  /** The processor's name as its maker writes it. */
  readonly processor: string;
  /** Milliseconds since the Unix epoch. */
  readonly measured: number;
  readonly rates: DeviceRates;
  /** Bytes that a process holds once the engine is open and nothing has been compiled. */
  readonly idleBytes: number;
}

/** Times of the parts of a step, in seconds: they add up. */
export interface DeviceRates {
  readonly perProductFlop: number;
  readonly perConvolutionFlop: number;
  /** Of values that ops read and write. */
  readonly perByte: number;
  readonly perOp: number;
  /** Making an op of a graph ready to run. */
  readonly perLoadedOp: number;
  /** Of decoded pictures. */
  readonly perDecodedByte: number;
}
