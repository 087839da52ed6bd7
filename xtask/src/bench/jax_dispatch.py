"""What crates/graxe/examples/dispatch.rs measures, in JAX. Arguments: batches, repetitions."""
import json
import sys
import time

import jax
import jax.numpy as np

batches, repetitions = map(int, sys.argv[1:])


def layers(x, w):
    h = x
    for _ in range(100):
        product = h @ w
        gate = np.exp(-(product * 0.5)) + 1
        h = np.tanh(product / gate) * 0.9 + x - w
    return h


def times(n, work):
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        jax.block_until_ready(work())
        seconds.append(time.perf_counter() - start)
    return seconds


def calls(call):
    def batch():
        for _ in range(1000):
            call()
        return call()

    batch()
    return [s / 1001 for s in times(batches, batch)]


def fresh():
    """The function as one that JAX has not seen."""
    return lambda x, w: layers(x, w)


x = jax.random.uniform(jax.random.key(0), (16, 16))
w = jax.random.normal(jax.random.key(1), (16, 16)) / 4
few = min(repetitions, 5)  # XLA takes seconds for this program.
print(json.dumps(dict(
    equations=len(jax.make_jaxpr(layers)(x, w).eqns),
    trace_s=times(few, lambda: jax.make_jaxpr(fresh())(x, w) and None),
    lower_s=times(few, lambda: jax.jit(fresh()).lower(x, w).compile() and None),
    first_call_s=times(few, lambda: jax.jit(fresh())(x, w)),
    steady_call_s=times(10 * repetitions, lambda f=jax.jit(layers): f(x, w))[1:],
    tiny_call_s=(lambda f, x: calls(lambda: f(x)))(jax.jit(lambda x: x * 2 + 1), np.arange(16.0)),
    eager_s=(lambda x: calls(lambda: x + x))(np.arange(16.0)),
)))
