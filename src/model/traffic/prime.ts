export function isPrime(value: number): boolean {
  if (value < 2 || (value > 2 && value % 2 === 0)) return false;
  for (let divisor = 3; divisor * divisor <= value; divisor += 2) {
    if (value % divisor === 0) return false;
  }
  return true;
}
