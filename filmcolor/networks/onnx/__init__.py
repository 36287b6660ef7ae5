"""ONNX files: read, checked and written, without their library."""
