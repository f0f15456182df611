// A No-U-Turn sampler: multinomial draws from a trajectory that doubles (Betancourt 2017, arXiv 1701.02434), built leaf
// by leaf without recursion (Phan et al. 2019, arXiv 1912.11554), with dual averaging of the step size (Hoffman & Gelman
// 2014, JMLR 15) and a scale for each parameter from the spread of draws and gradients.

/** Return a source of random numbers: the same numbers for the same seed (xoshiro128**, Blackman & Vigna 2021). */
export function randomness(seed) {
  const state = Uint32Array.from([1, 2, 3, 4], i => {
    let z = (seed + i * 0x9e3779b9) >>> 0; // the finaliser of MurmurHash3 makes neighbouring seeds unlike
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  });
  const turned = (x, k) => (x << k) | (x >>> (32 - k));
  const bits = () => {
    const result = Math.imul(turned(Math.imul(state[1], 5), 7), 9) >>> 0, t = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = turned(state[3], 11);
    return result;
  };
  const uniform = () => ((bits() >>> 5) * 67108864 + (bits() >>> 6) + 0.5) / 9007199254740992;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const FIRST = 20; // draws in the first window of the adaptation

/** The logarithm of exp(a) + exp(b). */
const added = (a, b) => (a > b ? a + Math.log1p(Math.exp(b - a)) : b === -Infinity ? b : b + Math.log1p(Math.exp(a - b)));

/**
 * Return a chain; each call of `next()` makes one draw, in `chain.x`, and tells how it went.
 * `density.run(x, out)` writes the log-density and its gradient; `start` is an unconstrained point.
 */
export function chain(density, start, { seed, tune = 500, target = 0.8, depth: deepest = 10 }) {
  const n = density.size, { uniform, normal } = randomness(seed), out = new Float64Array(n + 1);
  const array = () => new Float64Array(n);
  const end = () => ({ q: array(), p: array(), g: array(), logp: 0 });
  const copy = (to, from) => {
    to.q.set(from.q);
    to.p.set(from.p);
    to.g.set(from.g);
    to.logp = from.logp;
  };
  const here = end(), left = end(), right = end(), chosen = end(), candidate = end();
  const variance = array().fill(1), sum = array(), part = array();
  const marks = Array.from({ length: deepest + 1 }, () => ({ p: array(), sum: array() }));
  const evaluate = point => {
    density.run(point.q, out);
    point.logp = out[0];
    for (let i = 0; i < n; i++) point.g[i] = out[i + 1];
  };
  const energy = point => {
    let kinetic = 0;
    for (let i = 0; i < n; i++) kinetic += variance[i] * point.p[i] * point.p[i];
    return kinetic / 2 - point.logp;
  };
  const leap = (point, step) => {
    const { q, p, g } = point;
    for (let i = 0; i < n; i++) q[i] += step * variance[i] * (p[i] += (step / 2) * g[i]);
    evaluate(point);
    for (let i = 0; i < n; i++) p[i] += (step / 2) * g[i];
  };
  const kick = point => {
    for (let i = 0; i < n; i++) point.p[i] = normal() / Math.sqrt(variance[i]);
  };
  /** Whether a stretch between two momenta, with the sum of all on it, has turned back at one of its ends. */
  const turned = (a, b, total, before) => {
    let atA = 0, atB = 0;
    for (let i = 0; i < n; i++) {
      const way = variance[i] * (total[i] - (before ? before.sum[i] - before.p[i] : 0) - (a[i] + b[i]) / 2);
      atA += a[i] * way;
      atB += b[i] * way;
    }
    return atA <= 0 || atB <= 0;
  };

  let step = 1, mean, log, error, count; // of dual averaging
  const restart = () => {
    mean = Math.log(10 * step);
    log = Math.log(step);
    error = count = 0;
  };
  const learn = accepted => {
    count++;
    error += (target - accepted - error) / (count + 10);
    const now = mean - (Math.sqrt(count) / 0.05) * error;
    log += count ** -0.75 * (now - log);
    step = Math.exp(now);
  };
  /** A first step size: doubled or halved until one step is accepted half of the time. */
  const reasonable = () => {
    for (let k = 0, up; k < 50; k++) {
      copy(left, here);
      kick(left);
      const before = energy(left);
      leap(left, step);
      const better = before - energy(left) > Math.log(0.5);
      if (k && better !== up) break;
      up = better;
      step *= up ? 2 : 0.5;
    }
    restart();
  };

  // Spread of draws and of gradients in the current window (Welford 1962); windows double.
  const spread = [0, 1].map(() => ({ mean: array(), m2: array() }));
  let inWindow = 0, windowEnd = FIRST, windowLength = FIRST;
  const observe = () => {
    inWindow++;
    [here.q, here.g].forEach((values, k) => {
      const { mean: middle, m2 } = spread[k];
      for (let i = 0; i < n; i++) {
        const delta = values[i] - middle[i];
        middle[i] += delta / inWindow;
        m2[i] += delta * (values[i] - middle[i]);
      }
    });
  };
  const rescale = () => {
    for (let i = 0; i < n; i++) {
      const ratio = Math.sqrt(spread[0].m2[i] / spread[1].m2[i]);
      if (ratio > 0 && ratio < Infinity) variance[i] = ratio;
      for (const { mean: middle, m2 } of spread) middle[i] = m2[i] = 0;
    }
    inWindow = 0;
  };

  for (let attempt = 0; ; attempt++) {
    for (let i = 0; i < n; i++) here.q[i] = start[i] + (attempt < 1000 ? 2 * uniform() - 1 : 0);
    evaluate(here);
    if (Number.isFinite(here.logp) && here.g.every(Number.isFinite)) break;
    if (attempt >= 1000) throw new RangeError("The log-density is not finite where sampling starts.");
  }
  for (let i = 0; i < n; i++) variance[i] = 1 / Math.max(Math.abs(here.g[i]), 1e-3);
  reasonable();

  let made = 0;
  const next = () => {
    kick(here);
    // In the first window the scales are guesses, and long trajectories are waste: the first picture would wait for them.
    const start = energy(here), most = made < FIRST ? Math.min(deepest, 6) : deepest;
    for (const point of [left, right, chosen]) copy(point, here);
    sum.set(here.p);
    let weight = 0, depth = 0, steps = 0, accepted = 0, diverging = false, turning = false;
    while (depth < most && !turning) {
      const forward = uniform() < 0.5, edge = forward ? right : left;
      let weightOfPart = -Infinity;
      part.fill(0);
      for (let leaf = 0; leaf < 1 << depth && !turning && !diverging; leaf++) {
        leap(edge, forward ? step : -step);
        const change = start - energy(edge);
        steps++;
        accepted += Math.min(1, Math.exp(change)) || 0;
        diverging = !(change > -1000);
        if (diverging) break;
        weightOfPart = added(weightOfPart, change);
        if (Math.log(uniform()) < change - weightOfPart) copy(candidate, edge);
        for (let i = 0; i < n; i++) part[i] += edge.p[i];
        // Each even leaf starts stretches that later odd leaves end: as many as the odd number has ones at its end.
        let at = 0;
        for (let rest = leaf >> 1; rest; rest >>= 1) at += rest & 1;
        if (leaf % 2 === 0) {
          marks[at].p.set(edge.p);
          marks[at].sum.set(part);
        } else for (let rest = leaf; rest & 1 && !turning; rest >>= 1, at--) turning = turned(marks[at].p, edge.p, part, marks[at]);
      }
      if (turning || diverging) break;
      if (Math.log(uniform()) < weightOfPart - weight) copy(chosen, candidate);
      weight = added(weight, weightOfPart);
      for (let i = 0; i < n; i++) sum[i] += part[i];
      turning = turned(left.p, right.p, sum);
      depth++;
    }
    copy(here, chosen);
    if (made < tune) {
      learn(accepted / steps);
      observe();
      if (made + 1 === windowEnd && made + 1 < tune) {
        rescale();
        windowLength *= 1.5;
        // The last window runs to 50 draws before the end, which belong to the step size alone.
        const after = windowEnd + Math.round(windowLength);
        windowEnd = after + windowLength * 1.5 > tune - 50 ? (windowEnd < tune - 50 ? tune - 50 : Infinity) : after;
        reasonable();
      }
      if (made + 1 === tune) step = Math.exp(log);
    }
    return { tuning: made++ < tune, diverging, steps, depth, accepted: accepted / steps };
  };
  return { x: here.q, next, variance, step: () => step };
}
