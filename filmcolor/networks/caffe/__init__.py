"""Reading Caffe networks without Caffe: weights and descriptions in, ONNX out."""
