"""The networks of SAM-BERT and HiFi-GAN as ONNX graphs, made from the weights of a checkpoint."""
