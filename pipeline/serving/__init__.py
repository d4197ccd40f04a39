from pipeline.serving.client import connect as connect
