// R-hat and effective sample size with normal scores of ranks (Vehtari et al. 2021, Bayesian Analysis 16:667).

/** The standard normal quantile function: Newton's steps from a rough start (Abramowitz & Stegun 26.2.23). */
function quantile(p) {
  if (p > 0.5) return -quantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let k = 0; k < 2; k++) {
    const step = (erfc(-z / Math.SQRT2) / 2 - p) / (Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI));
    z -= step / (1 + z * step / 2);
  }
  return z;
}

const scores = new Map();

/** Return chains with each draw replaced by the normal score of its rank among all; ties share the mean rank. */
function ranked(chains) {
  const length = chains[0].length, total = chains.length * length, all = new Float64Array(total);
  chains.forEach((draws, c) => all.set(draws, c * length));
  const order = Uint32Array.from(all.keys()).sort((a, b) => all[a] - all[b]), result = new Float64Array(total);
  if (!scores.has(total)) {
    scores.clear();
    scores.set(total, Float64Array.from({ length: 2 * total - 1 }, (_, i) => quantile((i / 2 + 0.625) / (total + 0.25))));
  }
  const table = scores.get(total); // for whole and half ranks
  for (let i = 0, j; i < total; i = j) {
    for (j = i + 1; j < total && all[order[j]] === all[order[i]]; ) j++;
    for (let k = i; k < j; k++) result[order[k]] = table[i + j - 1];
  }
  return { chains: chains.map((_, c) => result.subarray(c * length, (c + 1) * length)), sorted: order.map(i => i), all };
}

const meanOf = values => values.reduce((a, b) => a + b, 0) / values.length;
const varianceOf = values => {
  const mean = meanOf(values);
  return values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
};

function rhatOf(chains) {
  const n = chains[0].length, within = meanOf(chains.map(varianceOf)), between = n * varianceOf(chains.map(meanOf));
  return Math.sqrt((between / within + n - 1) / n);
}

/** The effective sample size of the mean, by Geyer's initial monotone sequence. */
function essOf(chains) {
  const n = chains[0].length, m = chains.length, means = chains.map(meanOf);
  const centred = chains.map((draws, c) => draws.map(x => x - means[c]));
  const covariance = lag => {
    let sum = 0;
    for (const draws of centred) for (let i = lag; i < n; i++) sum += draws[i] * draws[i - lag];
    return sum / n / m;
  };
  const first = covariance(0), within = first * n / (n - 1), total = first + varianceOf(means);
  if (!(first > 0)) return m * n;
  const rho = lag => (lag ? 1 - (within - covariance(lag)) / total : 1);
  let sum = 0, lowest = Infinity, even = 1, pair = 1 + rho(1), last = Math.max(Math.floor((n - 3) / 2), 0), k = 0;
  for (; pair > 0 && k < last; k++) {
    sum += lowest = Math.min(lowest, pair);
    even = rho(2 * k + 2);
    pair = even + rho(2 * k + 3);
  }
  const tau = -1 + 2 * sum + (even > 0 || pair >= 0 ? even : 0);
  return m * n / Math.max(tau, 1 / Math.log10(m * n));
}

/** Return R-hat, bulk ESS and tail ESS of the draws of one quantity, an array of draws for each chain. */
export function mixing(draws) {
  const half = Math.floor(draws[0].length / 2);
  const split = draws.flatMap(chain => [chain.slice(0, half), chain.slice(chain.length - half)]);
  const { chains, all } = ranked(split);
  const sorted = Float64Array.from(all).sort(), middle = sorted.length / 2;
  const median = (sorted[middle - 1] + sorted[middle]) / 2;
  const folded = ranked(split.map(chain => chain.map(x => Math.abs(x - median)))).chains;
  const whole = Float64Array.from(draws.flatMap(chain => [...chain])).sort();
  const tail = prob => {
    const at = prob * (whole.length - 1), below = Math.floor(at);
    const limit = whole[below] + (at - below) * (whole[below + 1] - whole[below]);
    return essOf(split.map(chain => chain.map(x => (x <= limit ? 1 : 0))));
  };
  return { rhat: Math.max(rhatOf(chains), rhatOf(folded)), bulk: essOf(chains), tail: Math.min(tail(0.05), tail(0.95)) };
}
