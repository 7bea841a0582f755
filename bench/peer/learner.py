"""The residual learner's updates in PyTorch and JAX, for bench/learner.ts: same networks, losses and optimiser as graft's.

Reads one JSON request a line from stdin and answers with one JSON line:
  {"library": "eager" | "compile" | "jax", "hidden": 256, "step": "critic" | "actor" | "utd4", "repeats": 10} -> {"ms": [...]}
Times are of single calls, after the calls that compile and warm up.
"""

import json
import math
import sys
import time

THREADS = int(sys.argv[1])
INPUT, ACTION, BATCH, HEADS, CHOSEN = 37, 13, 256, 10, 2
SCALE, TAU, PENALTY = 0.1, 0.01, 0.1
CRITIC_LR, ACTOR_LR, MAX_NORM = 3e-4, 1e-4, 1.0
CRITIC_INPUT = INPUT + 2 * ACTION + 1
ACTOR_INPUT = INPUT + ACTION + 1
WARM_UP = 5


def shapes(hidden, heads=None):
    """Shapes of the weights and biases of an ensemble of critics, or of the actor."""
    lead, row = ([heads], [heads, 1]) if heads else ([], [])
    widths = [CRITIC_INPUT, hidden, hidden, 1] if heads else [ACTOR_INPUT, hidden, hidden, ACTION]
    return [
        shape for fan_in, fan_out in zip(widths, widths[1:]) for shape in ([*lead, fan_in, fan_out], [*row, fan_out])
    ]


def batch_shapes():
    """Shapes of a batch: what an update is fed with."""
    rows = {"input": INPUT, "base": ACTION, "place": 1, "action": ACTION, "reward": 1, "discount": 1}
    following = {"next_input": INPUT, "next_base": ACTION, "next_place": 1, "target_noise": ACTION}
    return {name: [BATCH, width] for name, width in {**rows, **following}.items()}


def draw(random, shape):
    """Weights of the size that torch.nn.Linear starts with."""
    bound = 1 / math.sqrt(shape[-2]) if len(shape) > 1 and shape[-2] > 1 else 0.05
    return random.uniform(-bound, bound, size=shape).astype("float32")


def drawn_batch(random):
    """A batch of noise, and the critics whose minimum is the target."""
    values = {name: random.normal(size=shape).astype("float32") for name, shape in batch_shapes().items()}
    subset = [1.0] * CHOSEN + [0.0] * (HEADS - CHOSEN)
    return {**values, "subset": random.permutation(subset).astype("float32").reshape(HEADS, 1, 1)}


class TorchLearner:
    """Eager, or compiled: the losses by torch.compile, the optimiser's step as one fused kernel in either case."""

    def __init__(self, hidden, compiled):
        import numpy
        import torch

        torch.set_num_threads(THREADS)
        self.torch = torch
        random = numpy.random.default_rng(0)
        self.hidden = hidden
        make = lambda given: [torch.tensor(draw(random, shape)) for shape in given]
        self.critic = [value.requires_grad_() for value in make(shapes(hidden, HEADS))]
        self.actor = [value.requires_grad_() for value in make(shapes(hidden))]
        self.target_critic = [value.detach().clone() for value in self.critic]
        self.target_actor = [value.detach().clone() for value in self.actor]
        options = {"weight_decay": 0.0, "fused": True}
        self.critic_optimiser = torch.optim.AdamW(self.critic, lr=CRITIC_LR, **options)
        self.actor_optimiser = torch.optim.AdamW(self.actor, lr=ACTOR_LR, **options)
        wrap = torch.compile if compiled else lambda function: function
        self.critic_loss = wrap(self._critic_loss)
        self.actor_loss = wrap(self._actor_loss)
        self.batches = [
            {name: torch.tensor(value) for name, value in drawn_batch(random).items()} for _ in range(4)
        ]

    def _forward(self, params, x):
        functional, torch = self.torch.nn.functional, self.torch
        for i in range(0, len(params), 2):
            weight, bias = params[i], params[i + 1]
            if weight.dim() == 3:
                x = torch.baddbmm(bias, x.expand(HEADS, -1, -1), weight)
            else:
                x = torch.addmm(bias, x, weight)
            if i + 2 < len(params):
                x = functional.relu(functional.layer_norm(x, (self.hidden,)))
        return x

    def _direction(self, actor, seen, base, place):
        return self.torch.tanh(self._forward(actor, self.torch.cat([seen, base, place], 1)))

    def _executable(self, direction, base):
        torch = self.torch
        total = base + direction * SCALE
        clamped = torch.minimum(torch.maximum(total, base.clamp(max=-1)), base.clamp(min=1))
        return (clamped - base) / SCALE

    def _values(self, critic, seen, base, place, residual):
        return self._forward(critic, self.torch.cat([seen, base, place, residual.clamp(-2, 2)], 1))

    def _critic_loss(self, critic, target_critic, target_actor, b):
        torch = self.torch
        with torch.no_grad():
            direction = self._direction(target_actor, b["next_input"], b["next_base"], b["next_place"])
            noisy = (direction + b["target_noise"] / SCALE).clamp(-1, 1)
            residual = self._executable(noisy, b["next_base"])
            q = self._values(target_critic, b["next_input"], b["next_base"], b["next_place"], residual)
            bootstrap = (q + (1 - b["subset"]) * 1e6).amin(0).clamp(0, 1)
            target = b["reward"] + b["discount"] * bootstrap
        residual = (b["action"] - b["base"]) / SCALE
        q = self._values(critic, b["input"], b["base"], b["place"], residual)
        return (q - target).square().mean()

    def _actor_loss(self, actor, critic, b):
        direction = self._direction(actor, b["input"], b["base"], b["place"])
        q = self._values(critic, b["input"], b["base"], b["place"], self._executable(direction, b["base"]))
        return PENALTY * direction.square().mean() - q.mean()

    def _improve(self, loss, params, optimiser, targets):
        torch = self.torch
        grads = torch.autograd.grad(loss, params)
        for param, grad in zip(params, grads):
            param.grad = grad
        torch.nn.utils.clip_grad_norm_(params, MAX_NORM)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(targets, params, TAU)

    def step(self, name):
        if name == "actor":
            loss = self.actor_loss(self.actor, [value.detach() for value in self.critic], self.batches[0])
            self._improve(loss, self.actor, self.actor_optimiser, self.target_actor)
            return
        for batch in self.batches[: 4 if name == "utd4" else 1]:
            loss = self.critic_loss(self.critic, self.target_critic, self.target_actor, batch)
            self._improve(loss, self.critic, self.critic_optimiser, self.target_critic)


class JaxLearner:
    """One jitted function per update; the state is donated, four updates are one call through lax.scan."""

    def __init__(self, hidden):
        import jax
        import jax.numpy as jnp
        import numpy

        self.jax, self.jnp = jax, jnp
        random = numpy.random.default_rng(0)
        make = lambda given: [jnp.asarray(draw(random, shape)) for shape in given]
        zeros = lambda params: [jnp.zeros_like(value) for value in params]
        critic, actor = make(shapes(hidden, HEADS)), make(shapes(hidden))
        copy = lambda params: [value.copy() for value in params]
        moments = lambda params: (zeros(params), zeros(params), jnp.zeros(()))
        self.critic = (critic, copy(critic), moments(critic))
        self.actor = (actor, copy(actor), moments(actor))
        batches = [drawn_batch(random) for _ in range(4)]
        self.batches = [{name: jnp.asarray(value) for name, value in batch.items()} for batch in batches]
        self.stacked = {name: jnp.stack([batch[name] for batch in self.batches]) for name in self.batches[0]}
        self.critic_step = jax.jit(self._critic_step, donate_argnums=0)
        self.actor_step = jax.jit(self._actor_step, donate_argnums=0)
        self.four_steps = jax.jit(
            lambda state, target_actor, stacked: jax.lax.scan(
                lambda carry, batch: (self._critic_step(carry, target_actor, batch), None), state, stacked
            )[0],
            donate_argnums=0,
        )

    def _forward(self, params, x):
        jnp = self.jnp
        for i in range(0, len(params), 2):
            x = x @ params[i] + params[i + 1]
            if i + 2 < len(params):
                mean = x.mean(-1, keepdims=True)
                variance = jnp.square(x - mean).mean(-1, keepdims=True)
                x = jnp.maximum((x - mean) * self.jax.lax.rsqrt(variance + 1e-5), 0)
        return x

    def _direction(self, actor, seen, base, place):
        return self.jnp.tanh(self._forward(actor, self.jnp.concatenate([seen, base, place], 1)))

    def _executable(self, direction, base):
        jnp = self.jnp
        total = base + direction * SCALE
        clamped = jnp.minimum(jnp.maximum(total, jnp.minimum(base, -1)), jnp.maximum(base, 1))
        return (clamped - base) / SCALE

    def _values(self, critic, seen, base, place, residual):
        jnp = self.jnp
        x = jnp.concatenate([seen, base, place, jnp.clip(residual, -2, 2)], 1)
        return self._forward(critic, jnp.broadcast_to(x, (HEADS, *x.shape)))

    def _improve(self, loss, state, rate):
        jax, jnp = self.jax, self.jnp
        params, targets, (first, second, count) = state
        grads = jax.grad(loss)(params)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(grad)) for grad in grads))
        grads = [grad * jnp.minimum(MAX_NORM / (norm + 1e-6), 1) for grad in grads]
        count = count + 1
        first = [0.9 * m + 0.1 * grad for m, grad in zip(first, grads)]
        second = [0.999 * v + 0.001 * jnp.square(grad) for v, grad in zip(second, grads)]
        root = jnp.sqrt(1 - 0.999**count)
        size = rate / (1 - 0.9**count)
        params = [p - size * m / (jnp.sqrt(v) / root + 1e-8) for p, m, v in zip(params, first, second)]
        targets = [(1 - TAU) * old + TAU * new for old, new in zip(targets, params)]
        return params, targets, (first, second, count)

    def _critic_step(self, state, target_actor, b):
        jnp = self.jnp
        direction = self._direction(target_actor, b["next_input"], b["next_base"], b["next_place"])
        noisy = jnp.clip(direction + b["target_noise"] / SCALE, -1, 1)
        residual = self._executable(noisy, b["next_base"])
        q = self._values(state[1], b["next_input"], b["next_base"], b["next_place"], residual)
        bootstrap = jnp.clip((q + (1 - b["subset"]) * 1e6).min(0), 0, 1)
        target = b["reward"] + b["discount"] * bootstrap
        taken = (b["action"] - b["base"]) / SCALE

        def loss(critic):
            q = self._values(critic, b["input"], b["base"], b["place"], taken)
            return jnp.square(q - target).mean()

        return self._improve(loss, state, CRITIC_LR)

    def _actor_step(self, state, critic, b):
        def loss(actor):
            direction = self._direction(actor, b["input"], b["base"], b["place"])
            residual = self._executable(direction, b["base"])
            q = self._values(critic, b["input"], b["base"], b["place"], residual)
            return PENALTY * self.jnp.square(direction).mean() - q.mean()

        return self._improve(loss, state, ACTOR_LR)

    def step(self, name):
        if name == "actor":
            self.actor = self.actor_step(self.actor, self.critic[0], self.batches[0])
            self.jax.block_until_ready(self.actor)
            return
        if name == "utd4":
            self.critic = self.four_steps(self.critic, self.actor[1], self.stacked)
        else:
            self.critic = self.critic_step(self.critic, self.actor[1], self.batches[0])
        self.jax.block_until_ready(self.critic)


learners = {}
warmed = set()


def learner(library, hidden):
    """The learner of a library and size, made when it is first asked for."""
    key = (library, hidden)
    if key not in learners:
        learners[key] = JaxLearner(hidden) if library == "jax" else TorchLearner(hidden, library == "compile")
    return learners[key]


def answer(request):
    subject = learner(request["library"], request["hidden"])
    name = request["step"]
    if (subject, name) not in warmed:
        for _ in range(WARM_UP):
            subject.step(name)
        warmed.add((subject, name))
    times = []
    for _ in range(request["repeats"]):
        start = time.perf_counter()
        subject.step(name)
        times.append(1000 * (time.perf_counter() - start))
    return {"ms": times}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
