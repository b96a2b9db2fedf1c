/**
 * The error function to about 1e-15 relative: rational minimax approximations on |x| <= 0.46875, up to 4 and beyond.
 * W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631-637.
 */
export function erf(x: number): number {
  const y = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (y <= 0.46875) {
    const square = y > 1e-16 ? y * y : 0;
    return x * ratio(square, nearNumerator, nearDenominator);
  }
  const positive = 1 - erfcTail(y);
  return x < 0 ? -positive : positive;
}

/** 1 - erf(y) for y > 0.46875. */
function erfcTail(y: number): number {
  if (y > 26.6) return 0;
  // exp(-y²) in two factors: y² rounded to 1/16 is exact, so its error does not grow with y².
  const coarse = Math.trunc(y * 16) / 16;
  const gaussian = Math.exp(-coarse * coarse) * Math.exp(-(y - coarse) * (y + coarse));
  if (y <= 4) return gaussian * ratio(y, middleNumerator, middleDenominator);
  const inverseSquare = 1 / (y * y);
  const tail = inverseSquare * ratio(inverseSquare, farNumerator, farDenominator);
  return (gaussian * (1 / Math.sqrt(Math.PI) - tail)) / y;
}

/** Quotient of two polynomials, coefficients from the highest power down. */
function ratio(x: number, numerator: readonly number[], denominator: readonly number[]): number {
  return polynomial(x, numerator) / polynomial(x, denominator);
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

const nearNumerator = [
  1.8577770618460315e-1, 3.1611237438705655, 1.1386415415105016e2, 3.77485237685302e2, 3.2093775891384694e3,
];
const nearDenominator = [1, 2.3601290952344122e1, 2.4402463793444417e2, 1.2826165260773723e3, 2.844236833439171e3];
const middleNumerator = [
  2.1531153547440383e-8, 5.641884969886701e-1, 8.883149794388377, 6.611919063714163e1, 2.986351381974001e2,
  8.81952221241769e2, 1.7120476126340707e3, 2.0510783778260716e3, 1.2303393547979972e3,
];
const middleDenominator = [
  1, 1.5744926110709835e1, 1.176939508913125e2, 5.371811018620099e2, 1.6213895745666903e3, 3.2907992357334597e3,
  4.362619090143247e3, 3.4393676741437216e3, 1.2303393548037495e3,
];
const farNumerator = [
  1.6315387137302097e-2, 3.0532663496123236e-1, 3.6034489994980445e-1, 1.2578172611122926e-1, 1.6083785148742275e-2,
  6.587491615298378e-4,
];
const farDenominator = [
  1, 2.568520192289822, 1.8729528499234604, 5.279051029514285e-1, 6.051834131244132e-2, 2.3352049762686918e-3,
];
