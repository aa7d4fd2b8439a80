// CPU and wall seconds of an asynchronous piece of work, all threads of the process included.
export async function measured(work) {
  const cpu = process.cpuUsage(), begun = process.hrtime.bigint();
  const result = await work();
  const used = process.cpuUsage(cpu);
  return { cpu_s: (used.user + used.system) / 1e6, wall_s: Number(process.hrtime.bigint() - begun) / 1e9, ...result };
}
