"""Every RoPE scaling written down a second time, straight from its paper, for the tests to compare with.

Nothing of `pipeline` is used here. Each function returns (inverse frequencies, scale of cos and sin); `b` is the base,
`d` the rotary dimension, `L` the original length, `s` the factor. Loops and names follow the papers' equations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

PI = math.pi


def roformer(b: float, d: int) -> list[float]:
    # arXiv 2104.09864, equation 15: θ_i = 10000^(−2(i−1)/d), i ∈ [1, …, d/2]
    return [b ** (-2 * (i - 1) / d) for i in range(1, d // 2 + 1)]


def position_interpolation(b: float, d: int, s: float) -> tuple[list[float], float]:
    # arXiv 2306.15595, equation 4: f'(x, m) = f(x, mL/L')
    return [theta * (1 / s) for theta in roformer(b, d)], 1.0


def ntk_aware(b: float, d: int, s: float) -> tuple[list[float], float]:
    # arXiv 2309.00071, equations 14 to 16: h(θ_i) = b'^(−2i/d) with b' = b · s^(d/(d−2))
    larger = b * s ** (d / (d - 2))
    return [larger ** (-2 * i / d) for i in range(d // 2)], 1.0


def dynamic_ntk(b: float, d: int, s: float, L: int, length: int) -> tuple[list[float], float]:
    # The base grows with the current length l': b · ((s · l'/L) − (s − 1))^(d/(d−2)), never below the trained one.
    if length <= L:
        return roformer(b, d), 1.0
    larger = b * ((s * length / L) - (s - 1)) ** (d / (d - 2))
    return [larger ** (-2 * i / d) for i in range(d // 2)], 1.0


def yarn(b: float, d: int, s: float, L: int, fast: float, slow: float) -> tuple[list[float], float]:
    # arXiv 2309.00071, definition 2 (NTK-by-parts) with the ramp over dimensions and rounded ends of the authors' code;
    # r(i) = L / λ_i turns over L, so dimension i turns β times where i = d · ln(L / 2πβ) / (2 ln b). Equation 22.
    first = max(0, math.floor(d * math.log(L / (2 * PI * fast)) / (2 * math.log(b))))
    last = min(d - 1, math.ceil(d * math.log(L / (2 * PI * slow)) / (2 * math.log(b))))
    frequencies = []
    for i, theta in enumerate(roformer(b, d)):
        if i <= first:
            kept = 1.0
        elif i >= last:
            kept = 0.0
        else:
            kept = 1.0 - (i - first) / (last - first)
        frequencies.append(kept * theta + (1 - kept) * theta / s)
    return frequencies, 0.1 * math.log(s) + 1


def llama3(b: float, d: int, s: float, L: int, low: float, high: float) -> tuple[list[float], float]:
    # Llama 3.1, `apply_scaling`: wavelengths below L/high keep, above L/low are divided, between them a blend.
    frequencies = []
    for theta in roformer(b, d):
        wavelength = 2 * PI / theta
        if wavelength < L / high:
            frequencies.append(theta)
        elif wavelength > L / low:
            frequencies.append(theta / s)
        else:
            blend = (L / wavelength - low) / (high - low)
            frequencies.append((1 - blend) * theta / s + blend * theta)
    return frequencies, 1.0


def longrope(b: float, d: int, s: float, L: int, lambdas: Sequence[float]) -> tuple[list[float], float]:
    # arXiv 2402.13753, equation 2 with n̂ = 0, and the attention scale of its code.
    return [theta / x for theta, x in zip(roformer(b, d), lambdas, strict=True)], math.sqrt(
        1 + math.log(s) / math.log(L)
    )


def giraffe_power(b: float, d: int, k: float) -> tuple[list[float], float]:
    # arXiv 2308.10882, section 3.3: θ*_i = θ_i · (1 − 2i/d)^k
    return [theta * (1 - 2 * i / d) ** k for i, theta in enumerate(roformer(b, d))], 1.0


def giraffe_truncated(b: float, d: int, L: int) -> tuple[list[float], float]:
    # arXiv 2308.10882, section 3.3: θ_i where θ_i ≥ b; ρ where a < θ_i < b; 0 where θ_i ≤ a. The authors' constants:
    # b is one turn over L, a an eighth of it, ρ a sixteenth.
    upper = 2 * PI / L
    frequencies = []
    for theta in roformer(b, d):
        if theta >= upper:
            frequencies.append(theta)
        elif theta >= upper / 8:
            frequencies.append(upper / 16)
        else:
            frequencies.append(0.0)
    return frequencies, 1.0
