"""PyTorch's side of ``benchmarks.pytorch``; runs in a venv of its own and imports nothing of facefold.

Reads ``go N`` lines, answers each with the seconds of N training steps of tables I + II.
"""

import json
import sys
import time

import torch
from torch import nn


def tables(latent_dim=128, base=128):
    """Tables I and II as the same network: 4x4, stride 2, no bias, BatchNorm, ReLU."""
    encoder, channels = [], 3
    for factor in (1, 2, 4, 8):
        encoder += [nn.Conv2d(channels, base * factor, 4, 2, 1, bias=False), nn.BatchNorm2d(base * factor)]
        encoder.append(nn.ReLU())
        channels = base * factor
    decoder = [nn.Linear(latent_dim, 64 * channels), nn.Unflatten(1, (channels, 8, 8))]
    for factor in (4, 2, 1):
        decoder += [nn.ConvTranspose2d(channels, base * factor, 4, 2, 1, bias=False)]
        decoder += [nn.BatchNorm2d(base * factor), nn.ReLU()]
        channels = base * factor
    return nn.Sequential(
        *encoder, nn.Flatten(), nn.Linear(16 * 8 * base, latent_dim), *decoder, nn.ConvTranspose2d(base, 3, 1)
    )


def main(settings):
    """Serves steps until its input ends."""
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(0)
    model = tables()
    images = torch.rand(settings["batch"], 3, 64, 64)
    if settings["channels_last"]:
        model, images = (x.to(memory_format=torch.channels_last) for x in (model, images))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    forward = torch.compile(model) if settings["compile"] else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=settings["dtype"] == "bfloat16"):
            back = forward(images)
        nn.functional.mse_loss(back.float(), images).backward()
        optimizer.step()

    step()  # compiles, and lets caches fill
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        started = time.perf_counter()
        for _ in range(count):
            step()
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
