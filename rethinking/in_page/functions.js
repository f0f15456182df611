// What Math lacks: functions of one number that log-densities need.

/** log(1 + exp(x)), precise for all x. */
export const softplus = x => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

export const sigmoid = x => 1 / (1 + Math.exp(-x));

/** log(1 - exp(x)) for x < 0. */
export const log1mexp = x => (x < -0.6931471805599453 ? Math.log1p(-Math.exp(x)) : Math.log(-Math.expm1(x)));

/** The logarithm of the gamma function: Stirling's series (DLMF 5.11.1), after steps up to 10. */
export function gammaln(x) {
  if (!(x > 0)) return x === 0 || x === Math.floor(x) ? Infinity
    : Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - gammaln(1 - x);
  if (x === 1 || x === 2) return 0;
  let product = 1;
  for (; x < 10; x++) product *= x;
  const y = 1 / (x * x);
  const rest = ((((y * -691 / 360360 + 1 / 1188) * y - 1 / 1680) * y + 1 / 1260) * y - 1 / 360) * y + 1 / 12;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + rest / x - Math.log(product);
}

/** The derivative of gammaln (DLMF 5.11.2). */
export function digamma(x) {
  if (x <= 0) return x === Math.floor(x) ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let sum = 0;
  for (; x < 10; x++) sum -= 1 / x;
  const y = 1 / (x * x);
  const rest = (((((y * 691 / 32760 - 1 / 132) * y + 1 / 240) * y - 1 / 252) * y + 1 / 120) * y - 1 / 12) * y;
  return sum + Math.log(x) - 0.5 / x + rest;
}

/** The error function by its series (DLMF 7.6.2), whose terms have one sign. */
export function erf(x) {
  if (Math.abs(x) > 2.5) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

export const erfc = x => (x < 2 ? 1 - erf(x) : Math.exp(-x * x) * erfcx(x));

/** exp(x^2) erfc(x), for large x by its continued fraction (DLMF 7.9.1). */
export function erfcx(x) {
  if (x < 2) return Math.exp(x * x) * (1 - erf(x));
  let fraction = 0;
  for (let k = Math.ceil(20 + 400 / (x * x)); k > 0; k--) fraction = k / 2 / (x + fraction);
  return 1 / Math.sqrt(Math.PI) / (x + fraction);
}

/** Return index codes as whole numbers from 0, or throw where one is not among `length` entries. */
export const indices = (codes, length) => Int32Array.from(codes, code => {
  const index = code < 0 ? code + length : code;
  if (!(index >= 0 && index < length)) throw new RangeError(`index ${code} is outside ${length} entries`);
  return index;
});

/** Return where a slice starts, and how many entries it has. */
export function span(start, stop, step, length) {
  const within = at => Math.min(Math.max(at < 0 ? at + length : at, step < 0 ? -1 : 0), step < 0 ? length - 1 : length);
  const first = start === null ? (step < 0 ? length - 1 : 0) : within(start);
  const last = stop === null ? (step < 0 ? -1 : length) : within(stop);
  return [first, Math.max(0, Math.ceil((last - first) / step))];
}
