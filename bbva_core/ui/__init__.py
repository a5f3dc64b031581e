"""What the pages share. The only part of `bbva_core` that imports Streamlit."""
